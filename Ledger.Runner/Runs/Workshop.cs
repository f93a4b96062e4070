using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;
using Ledger.Runner.Executor;

namespace Ledger.Runner.Runs;

/// <summary>Everything that carrying out runs needs, opened once per command and shared by all its runs.</summary>
/// <param name="Environment">Of the executors; all of one workshop have the same class.</param>
/// <param name="CatchUp">Gives positions to what is committed and folds it into the results tables.</param>
/// <param name="IsFresh">Whether that was done within the last two seconds.</param>
/// <param name="Seal">Seals everything committed and publishes the seal.</param>
/// <param name="StepLimit">Wall time after which a step counts as hung.</param>
/// <param name="CheckpointEvery">The shortest time between two checkpoints of a training.</param>
public sealed record Workshop(
    LedgerStore Store, ArtifactStore Artifacts, ExecutorPool Executors, EnvironmentFacts Environment, StepIdentities Identities,
    DatasetPins Pins, KeyLocks Locks, StepReuse Reuse, Func<CancellationToken, Task> CatchUp, Func<bool> IsFresh, Func<CancellationToken, Task<Seal>> Seal, TimeProvider Time, TimeSpan StepLimit, TimeSpan CheckpointEvery);
