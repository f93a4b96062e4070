using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Steps;

/// <summary>
/// One step as the executor process gets it: everything needed to compute the result and nothing about where it is recorded.
/// </summary>
/// <param name="Step">Path of the step, repeated in every event the step gives.</param>
/// <param name="Models">Role → network; role <c>model</c> is the one worked on, <c>parent</c> the float network it came from.</param>
/// <param name="Seeds">Purpose → seed, derived from the seed tree; the purposes are <see cref="SeedPurposes"/>.</param>
/// <param name="Sources">Data source name → where its files are on this machine.</param>
/// <param name="Artifacts">Folder of the artifact store.</param>
/// <param name="Threads">Threads torch may use.</param>
/// <param name="Checkpoints">Where a training is saved between epochs, and what it goes on from; null: it is not.</param>
/// <param name="Perturbed">Kept examples of the attack in role <c>attack</c>; null where the step has no such input.</param>
public sealed record StepTask(
    string Step, StepSpec Spec, IReadOnlyDictionary<string, ModelRef> Models, IReadOnlyDictionary<string, ulong> Seeds,
    IReadOnlyDictionary<string, DataLocation> Sources, string Artifacts, int Threads,
    ArtifactRef? Perturbed = null, CheckpointPlace? Checkpoints = null);

/// <param name="Folder">Of this step's checkpoints and no other's.</param>
/// <param name="EverySeconds">The shortest time between two; 0: after every epoch, whatever it costs.</param>
/// <param name="ResumeFrom">The epoch whose checkpoint to go on from; null: from the beginning.</param>
public sealed record CheckpointPlace(string Folder, double EverySeconds, int? ResumeFrom = null)
{
    /// <summary>Epochs that may be computed before the first of them is recorded: a checkpoint so far back is of an epoch that the ledger has.</summary>
    public const int EpochsAhead = 4;
}

/// <summary>Where a data source's files are, and in what form.</summary>
/// <param name="Format">One of <see cref="Data.DataFormats"/>: <c>idx</c>, <c>cifar-10</c>, <c>image-folder</c> …</param>
/// <param name="Folder">Empty where nothing is read (<c>synthetic</c>).</param>
public sealed record DataLocation(string Name, string Format, string Folder);

/// <summary>What randomness is for. Every generator a step uses is seeded with one of these, never from the clock.</summary>
public static class SeedPurposes
{
    public const string Weights = "weights";
    public const string Batches = "batches";
    public const string Attack = "attack";
    public const string Augment = "augment";
    public const string Gates = "gates";

    /// <summary>The purposes a kind of step draws for.</summary>
    public static IReadOnlyList<string> Of(StepSpec spec) => spec switch
    {
        TrainSpec train =>
        [
            .. train.Model is null ? (string[])[] : [Weights],
            Batches,
            .. train is { Adversary: null, Recipe.Loss: null } ? (string[])[] : [Attack],
            .. train.Regularizers?.Any(regularizer => regularizer is TransformedSparsity) is true ? (string[])[Gates] : [],
            .. train.Augment is null ? (string[])[] : [Augment],
        ],
        AttackStepSpec { Adversary.Attack: UniversalSpec } => [Batches, Attack],
        AttackStepSpec => [Attack],
        CompressSpec { Training: { } training } => Of(training),
        MeasureSpec { Settings.LocalLipschitz: not null } => [Attack],
        _ => [],
    };
}
