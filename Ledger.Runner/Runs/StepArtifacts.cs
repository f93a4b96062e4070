using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>The bytes a completion refers to.</summary>
public static class StepArtifacts
{
    public static IReadOnlyList<ArtifactRef> Of(StepCompletion completion) => completion switch
    {
        TrainingCompleted training => [training.Model.Architecture, training.Model.Weights],
        CompressionCompleted compression => [compression.Model.Architecture, compression.Model.Weights],
        AttackCompleted attack => [attack.Outcomes, .. Given(attack.Perturbed)],
        MeasurementCompleted measurement => [.. Given(measurement.Outcomes), .. Given(measurement.Series)],
        _ => [],
    };

    public static ModelRef? ModelOf(StepCompletion completion) => completion switch
    {
        TrainingCompleted training => training.Model,
        CompressionCompleted compression => compression.Model,
        _ => null,
    };

    private static IEnumerable<ArtifactRef> Given(ArtifactRef? artifact) => artifact is null ? [] : [artifact];

    /// <summary>Reads everything back before the event that refers to it is recorded.</summary>
    /// <exception cref="CorruptEvidence">What the executor named is not in the store, or is not what it said.</exception>
    public static void Verify(ArtifactStore store, StepCompletion completion)
    {
        foreach (var artifact in Of(completion))
            store.Verify(ContentHash.Parse(artifact.Digest));
    }
}
