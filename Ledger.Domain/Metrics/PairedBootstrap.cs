namespace Ledger.Domain.Metrics;

/// <summary>
/// The percentile bootstrap of a mean difference on the same examples (Efron 1979): examples are drawn with replacement, each with its difference.
/// It knows no more of rare differences than were seen; where few examples differ the interval is too narrow.
/// </summary>
public static class PairedBootstrap
{
    /// <summary>Ends of the interval that holds the share <paramref name="level"/> of resampled means.</summary>
    /// <param name="differences">One for each example, at least one.</param>
    /// <param name="resamples">At least one; 10,000 are usual.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    public static (double Low, double High) Interval(IReadOnlyList<double> differences, double level, int resamples, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(differences.Count, nameof(differences));
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        var random = new SplitMix64(seed);
        double[] means = new double[resamples];
        for (int i = 0; i < resamples; i++)
        {
            double sum = 0;
            for (int drawn = 0; drawn < differences.Count; drawn++)
                sum += differences[random.Below(differences.Count)];
            means[i] = sum / differences.Count;
        }

        Array.Sort(means);
        return (Quantile.Of(means, (1 - level) / 2), Quantile.Of(means, (1 + level) / 2));
    }
}
