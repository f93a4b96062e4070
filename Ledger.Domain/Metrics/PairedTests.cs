namespace Ledger.Domain.Metrics;

/// <summary>
/// Two classifiers on the same examples. Both tests condition on the examples on which just one of them is right, of which half would go
/// either way if the two were equally good; examples on which they agree say nothing.
/// </summary>
public static class McNemar
{
    /// <summary>How many examples only the first got right, and how many only the second.</summary>
    public static (int OnlyFirst, int OnlySecond) Discordant(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        Paired.RefuseUnequal(first.Count, second.Count);
        return (first.Where((right, i) => right && !second[i]).Count(), second.Where((right, i) => right && !first[i]).Count());
    }

    /// <summary>
    /// Two-sided p-value of the exact conditional test: min(1, 2·P(X ≤ min(b, c))) with X ~ Binomial(b + c, ½). 1 when none differ.
    /// Never below the nominal level, and conservative: see <see cref="MidP"/>.
    /// </summary>
    public static double Exact(int onlyFirst, int onlySecond) =>
        onlyFirst == onlySecond ? 1 : Math.Min(1, 2 * Tail(onlyFirst, onlySecond).AtMost);

    /// <summary>
    /// Two-sided mid-p-value (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91, 2013): the exact p-value less half
    /// the probability of what is as extreme as what was seen, so 2·P(X ≤ min) − P(X = min), and 1 − P(X = b)/2 where b = c.
    /// </summary>
    public static double MidP(int onlyFirst, int onlySecond)
    {
        var (atMost, equal) = Tail(onlyFirst, onlySecond);
        return onlyFirst == onlySecond ? 1 - (equal / 2) : (2 * atMost) - equal;
    }

    /// <summary>P(X ≤ k) and P(X = k) for k = min(b, c): the largest term from logarithms, the others by their ratios, which are below 1.</summary>
    private static (double AtMost, double Equal) Tail(int b, int c)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(b);
        ArgumentOutOfRangeException.ThrowIfNegative(c);
        int n = b + c, k = Math.Min(b, c);
        double log = -n * Math.Log(2);
        for (int i = 1; i <= k; i++)
            log += Math.Log((double)(n - k + i) / i);
        double equal = Math.Exp(log), sum = 0, term = 1;
        for (int i = k; i >= 0 && term > 0; i--)
        {
            sum += term;
            term *= (double)i / (n - i + 1);
        }

        return (equal * sum, equal);
    }
}

/// <summary>Mean and spread over repetitions, such as seeds.</summary>
/// <param name="Std">Sample standard deviation, divided by n − 1; null for a single value.</param>
public sealed record MeanStd(double Mean, double? Std, int Count)
{
    /// <summary>In two passes, so that a large mean costs no digits of a small spread.</summary>
    public static MeanStd Of(IReadOnlyCollection<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Count, nameof(values));
        double mean = values.Average();
        mean += values.Sum(value => value - mean) / values.Count;
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new MeanStd(mean, values.Count == 1 ? null : Math.Sqrt(squares / (values.Count - 1)), values.Count);
    }
}

/// <summary>Quantiles with linear interpolation between order statistics (Hyndman and Fan 1996, type 7; the default of numpy and R).</summary>
public static class Quantile
{
    /// <param name="sorted">Ascending, at least one.</param>
    /// <param name="share">From 0, the smallest, to 1, the largest.</param>
    public static double Of(IReadOnlyList<double> sorted, double share)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Count, nameof(sorted));
        double at = share * (sorted.Count - 1);
        int below = (int)Math.Clamp(Math.Floor(at), 0, sorted.Count - 1), above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>The middle value, or the mean of the two in the middle; the values may be in any order. Not a number when one is not.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        // NaN sorts before all numbers.
        return sorted.Length > 0 && double.IsNaN(sorted[0]) ? double.NaN : Of(sorted, 0.5);
    }
}

/// <summary>The 64-bit generator of Steele, Lea and Flood (OOPSLA 2014): small, seeded by any number, the same everywhere.</summary>
public sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Uniform on 0 … count − 1, without bias (Lemire 2019: multiply, and draw again in the rare unfair cases).</summary>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ulong range = (ulong)count, unfair = unchecked(0 - range) % range;
        ulong high, low;
        do
            high = Math.BigMul(Next(), range, out low);
        while (low < unfair);
        return (int)high;
    }
}

internal static class Paired
{
    public static void RefuseUnequal(int first, int second)
    {
        if (first != second)
            throw new ArgumentException($"{first} and {second} values; expected as many of each, for the same examples in the same order.", nameof(second));
    }
}
