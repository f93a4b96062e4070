using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>What <c>ledger run</c> came to.</summary>
/// <param name="Experiment">ULID.</param>
/// <param name="Asked">Runs the specification asks for.</param>
/// <param name="Sealed">The ledger's seal after them; null when there was nothing to do.</param>
/// <param name="Done">Runs this command brought to their end; empty when there was nothing to do.</param>
public sealed record RunReport(string Experiment, string Slug, int Asked, IReadOnlyList<RunState> Done, Seal? Sealed = null)
{
    public bool NothingToDo => Done.Count == 0;

    public bool AnyFailed => Done.Any(run => run.Status == RunStatus.Failed);
}
