using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Attacks;

/// <summary>
/// What an attack that seeks the nearest misclassified point says of a network, whatever ε was. Distances are upper bounds: a better
/// attack finds nearer points.
/// </summary>
public static class MinimalDistances
{
    /// <summary>
    /// <c>median_distance</c> over all examples, where one that is wrong without perturbation counts 0 and one for which nothing was found as
    /// infinite (as in Brendel et al., "Decision-based adversarial attacks", ICLR 2018); <c>median_distance_attacked</c> over those that are right;
    /// and how many of those had a misclassified point and how many none. A median of infinity has no value.
    /// </summary>
    /// <returns>Nothing in an ensemble, whose later parts never see what earlier ones broke.</returns>
    public static IEnumerable<MetricValue> Of(AttackFindings found, Threat threat) => found.Parts.Count > 1 ? [] : Of(found.Examples, threat);

    internal static IEnumerable<MetricValue> Of(IReadOnlyList<AttackedExample> examples, Threat threat)
    {
        double[] distances = [.. examples.Select(example => example.Clean.Correct ? example.ShortestLength ?? double.PositiveInfinity : 0)];
        double[] attacked = [.. distances.Where((_, row) => examples[row].Clean.Correct)];
        var unit = $"{(threat.Norm == Norm.Linf ? "linf" : "l2")} {(threat.Space == Space.Pixel ? "pixel" : "normalized")}";
        yield return Distance("median_distance", Median(distances), unit);
        yield return Distance("median_distance_attacked", Median(attacked), unit);
        yield return Count("distance_found", attacked.Count(double.IsFinite));
        yield return Count("distance_not_found", attacked.Count(double.IsPositiveInfinity));
    }

    /// <summary>The middle one, or the mean of the two in the middle; not finite where one of them is, or there are none.</summary>
    internal static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static MetricValue Distance(string name, double value, string unit) =>
        new(name, double.IsFinite(value) ? value : null, unit, MetricClass.Computed);

    private static MetricValue Count(string name, int value) => new(name, value, "count", MetricClass.Computed);
}
