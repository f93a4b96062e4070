using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>Holds what two steps made against each other: weights tensor by tensor, outcomes example by example, metrics one by one.</summary>
public static class CompareContents
{
    /// <summary>Null when the two ended in different ways, or the bytes of one are no longer there.</summary>
    /// <exception cref="CorruptArtifact">An artifact is not what its digest says.</exception>
    public static async Task<ContentDifference?> Of(StepTrace original, StepTrace replay, ArtifactStore store) => (original.Ending, replay.Ending) switch
    {
        (TrainingCompleted a, TrainingCompleted b) => Weights(a.Model, b.Model, store),
        (CompressionCompleted a, CompressionCompleted b) => Weights(a.Model, b.Model, store),
        (AttackCompleted a, AttackCompleted b) => await Outcomes(a.Outcomes, b.Outcomes, store),
        (MeasurementCompleted, MeasurementCompleted) => Metrics(Figures.Of(original), Figures.Of(replay)),
        _ => null,
    };

    private static ContentDifference? Weights(ModelRef a, ModelRef b, ArtifactStore store)
    {
        if (Tensors(a.Weights, store) is not { } mine || Tensors(b.Weights, store) is not { } theirs)
            return null;
        var apart = TensorDifference.Between(mine, theirs);
        return new ContentDifference(apart.First is null ? null : $"tensor {apart.First}", apart.MaxAbs, apart.MaxUlp, [.. mine.Select(tensor => tensor.Name)]);
    }

    private static async Task<ContentDifference?> Outcomes(ArtifactRef a, ArtifactRef b, ArtifactStore store)
    {
        if (await Rows(a, store) is not { } mine || await Rows(b, store) is not { } theirs)
            return null;
        if (mine.Count != theirs.Count)
            return new ContentDifference($"{theirs.Count} examples, the original {mine.Count}", null, null);
        var first = mine.Zip(theirs).FirstOrDefault(pair => pair.First != pair.Second).First;
        var apart = mine.Zip(theirs).SelectMany(pair => Numbers(pair.First).Zip(Numbers(pair.Second))).Select(pair => Distance(pair.First, pair.Second)).ToList();
        return new ContentDifference(first is null ? null : $"example {first.ExampleIndex}", apart.Contains(null) ? null : apart.Max(), null);
    }

    private static ContentDifference Metrics(IReadOnlyList<Figure> mine, IReadOnlyList<Figure> theirs)
    {
        var others = theirs.ToDictionary(figure => figure.Name, StringComparer.Ordinal);
        var apart = mine.Where(figure => !others.TryGetValue(figure.Name, out var other) || Distance(figure.Value, other.Value) is null or > 0).ToList();
        var distances = apart.Select(figure => others.TryGetValue(figure.Name, out var other) ? Distance(figure.Value, other.Value) : null).ToList();
        return new ContentDifference(apart.Count == 0 ? null : apart[0].Name, distances.Contains(null) ? null : distances.DefaultIfEmpty(0).Max(), null);
    }

    private static IEnumerable<double?> Numbers(Outcome outcome) =>
        [outcome.CleanMargin, outcome.AdversarialLoss, outcome.DistanceLinf, outcome.DistanceL2, outcome.MinimalDistance];

    private static double? Distance(double? a, double? b) => (a, b) switch
    {
        (null, null) => 0,
        ({ } x, { } y) when x.Equals(y) => 0,
        ({ } x, { } y) when double.IsFinite(x) && double.IsFinite(y) => Math.Abs(x - y),
        _ => null,
    };

    private static IReadOnlyList<NamedTensor>? Tensors(ArtifactRef weights, ArtifactStore store) =>
        Bytes(weights, store) is { } bytes ? SafeTensors.Read(bytes).Tensors : null;

    private static async Task<IReadOnlyList<Outcome>?> Rows(ArtifactRef outcomes, ArtifactStore store) =>
        Bytes(outcomes, store) is { } bytes ? await Domain.Metrics.Outcomes.ReadAsync(new MemoryStream(bytes)) : null;

    private static byte[]? Bytes(ArtifactRef artifact, ArtifactStore store)
    {
        var hash = ContentHash.Parse(artifact.Digest);
        return store.Has(hash) ? store.ReadAll(hash) : null;
    }
}
