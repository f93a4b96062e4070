using Ledger.Domain.Checks;
using Ledger.Domain.Metrics;

namespace Ledger.Query.Compare;

/// <summary>
/// Robust accuracy of two sides on the very same examples. What both got right, or both wrong, says nothing of which is better; the examples on
/// which they part do.
/// </summary>
/// <param name="What">The attack, and of results tables the row.</param>
/// <param name="Seeds">Pairs of runs; each with the same examples.</param>
/// <param name="OnlyFirst">Examples that stand on the first side only, summed over seeds.</param>
/// <param name="Difference">Second less first, fraction of examples; the mean over seeds.</param>
/// <param name="Low">Lower end of its 95 % interval: <see cref="PairedEstimate"/>.</param>
/// <param name="MidP">McNemar's mid-p-value; null for several seeds, which are not independent of each other.</param>
/// <param name="Bootstrap">The 95 % interval by resampling examples; null unless asked for.</param>
public sealed record PairedDifference(
    string What, int Examples, int Seeds, int OnlyFirst, int OnlySecond, double Difference, double Low, double High, double? MidP, Bounds? Bootstrap)
{
    private const double Level = 0.95;

    /// <param name="seeds">Examples left standing on both sides, in the same order; at least one pair.</param>
    /// <param name="resamples">0: no bootstrap.</param>
    public static PairedDifference Of(string what, IReadOnlyList<(IReadOnlyList<bool> First, IReadOnlyList<bool> Second)> seeds, int resamples)
    {
        int examples = seeds[0].First.Count;
        double[] differences = [.. Enumerable.Range(0, examples).Select(i => seeds.Average(seed => Sign(seed.Second[i]) - Sign(seed.First[i])))];
        var counts = seeds.Select(seed => McNemar.Discordant(seed.First, seed.Second)).ToList();
        var (onlyFirst, onlySecond) = (counts.Sum(count => count.OnlyFirst), counts.Sum(count => count.OnlySecond));
        var spread = seeds.Count == 1 ? null : SeedSpread.Of([.. counts.Select(count => (count.OnlySecond - count.OnlyFirst) / (double)examples)]);
        var interval = new PairedEstimate(DifferenceCounts.Of(differences), spread).Interval(Level);
        return new PairedDifference(
            what, examples, seeds.Count, onlyFirst, onlySecond, (onlySecond - onlyFirst) / (double)(examples * seeds.Count), interval.Low, interval.High,
            seeds.Count == 1 ? McNemar.MidP(onlyFirst, onlySecond) : null,
            resamples == 0 ? null : Bounds.Of(PairedBootstrap.Interval(differences, Level, resamples, seed: 0)));
    }

    private static double Sign(bool stands) => stands ? 1 : 0;
}

public sealed record Bounds(double Low, double High)
{
    internal static Bounds Of((double Low, double High) ends) => new(ends.Low, ends.High);
}
