namespace Ledger.Domain.Checks;

/// <summary>How the comparisons of one check share its error.</summary>
public enum Correction
{
    Holm,
    Bonferroni,
    None,
}

/// <summary>P-values corrected for how many there are.</summary>
public static class Multiplicity
{
    /// <param name="comparisons">At least as many as p-values; those not given count as less significant than all that are.</param>
    /// <returns>Adjusted p-values in the order given: Bonferroni min(1, m p); Holm (1979) the running maximum of (m − rank) p.</returns>
    public static IReadOnlyList<double> Adjusted(IReadOnlyList<double> p, Correction correction, int comparisons)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(comparisons, p.Count);
        if (correction is Correction.None)
            return p;
        if (correction is Correction.Bonferroni)
            return [.. p.Select(value => Math.Min(1, comparisons * value))];
        var adjusted = new double[p.Count];
        double running = 0;
        foreach (var (rank, at) in Enumerable.Range(0, p.Count).OrderBy(i => p[i]).Index())
            adjusted[at] = running = Math.Max(running, Math.Min(1, (comparisons - rank) * p[at]));
        return adjusted;
    }

    /// <summary>Level of each of several intervals that hold together at <paramref name="level"/> (Bonferroni), or the level itself without correction.</summary>
    public static double Together(double level, Correction correction, int comparisons) =>
        correction is Correction.None ? level : 1 - ((1 - level) / comparisons);
}
