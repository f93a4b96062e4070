using Ledger.Domain.Metrics;

namespace Ledger.Domain.Checks;

/// <summary>
/// How far one fraction of right answers lies above another on the same examples: the score test of Tango (Statistics in Medicine 17:891, 1998)
/// and the interval it inverts. An example's difference is −1, 0 or 1 for one network a side, and may lie between as a mean over seeds. Under
/// each hypothesis the variance is that of the <see cref="Likeliest"/> differences with that mean, not of those seen: examples that all agree
/// show that |a − b| is below z²/(n + z²), and no more.
/// </summary>
/// <param name="Seeds">Where seeds are drawn at random too; null: these very networks.</param>
public sealed record PairedEstimate(DifferenceCounts Differences, SeedSpread? Seeds = null) : Estimate(Differences.Mean, Differences.Count)
{
    public override string Method => Seeds is null ? "score of paired fractions (Tango 1998)" : "seeds and examples (Banerjee 1960)";

    public override Interval Interval(double level) => new(End(level, 1), End(level, -1));

    protected override double AtMost(Edge edge) => Score(edge, 1);

    protected override double AtLeast(Edge edge) => Score(edge, -1);

    // At −1 and 1 the hypothesis leaves no spread: one counterexample refutes it.
    private double Score(Edge edge, int sign)
    {
        if (Math.Abs(edge.Value) >= 1)
            return sign * (Value - edge.Value) > 0 || (edge.Included && Value == edge.Value) ? 0 : 1;
        if (Value == edge.Value)
            return 0.5;
        double beyond = sign * (edge.Value - Value), examples = Examples(edge.Value);
        if (Seeds is null)
            return Distributions.Normal(beyond / Math.Sqrt(examples));
        double p = Halving.Of(0, 0.5, error => beyond * beyond > Reach(error, examples));
        return beyond < 0 ? p : 1 - p;
    }

    /// <summary>The mean furthest out that the test at this level does not refuse.</summary>
    /// <param name="sign">1: the lower end; −1: the upper.</param>
    private double End(double level, int sign)
    {
        double error = (1 - level) / 2;
        return Halving.Of(Value, -sign, mean => (mean - Value) * (mean - Value) > Reach(error, Examples(mean)));
    }

    /// <summary>Square of the distance at which a one-sided test of this error begins to refuse.</summary>
    private double Reach(double error, double examples)
    {
        var (t2, z2) = Quantiles(error);
        return (t2 * (Seeds?.Variance ?? 0)) + (z2 * examples);
    }

    private (double T2, double Z2) Quantiles(double error) =>
        (Seeds is null ? 0 : Math.Pow(Distributions.StudentQuantile(error, Seeds.Count - 1), 2), Math.Pow(Distributions.NormalQuantile(error), 2));

    private double Examples(double mean) => Likeliest.Variance(Differences, mean) / N;
}

/// <summary>Where along a range a test that refuses from some place on begins to.</summary>
internal static class Halving
{
    /// <param name="kept">The end that is not refused.</param>
    /// <param name="refused">The other.</param>
    public static double Of(double kept, double refused, Func<double, bool> refuses)
    {
        for (int i = 0; i < 100; i++)
        {
            double middle = kept + ((refused - kept) / 2);
            if (refuses(middle))
                refused = middle;
            else
                kept = middle;
        }

        return kept;
    }
}

/// <summary>
/// What seeds add to the variance of a mean over seeds and examples, crossed and both at random (as in Owen's pigeonhole bootstrap, Annals of
/// Applied Statistics 1:386, 2007): s²/m of the seeds' mean differences beside s²/n of the examples'. Each holds the part that is a seed's with an
/// example, which so counts twice: the interval is rather too wide. A half width's square is t²·s²/m at m − 1 degrees of freedom plus z²·s²/n
/// (Banerjee, Sankhyā 22:357, 1960), so that few seeds cost what they must and no more.
/// </summary>
/// <param name="Variance">s²/m, with m − 1.</param>
/// <param name="Count">m, at least two.</param>
public sealed record SeedSpread(double Variance, int Count)
{
    public static SeedSpread Of(IReadOnlyCollection<double> means) => new(Math.Pow(MeanStd.Of(means).Std!.Value, 2) / means.Count, means.Count);
}

/// <summary>Differences from −1 to 1, equal ones together.</summary>
/// <param name="Values">Each seen at least once.</param>
public sealed record DifferenceCounts(IReadOnlyList<(double Value, int Times)> Values)
{
    public int Count { get; } = Values.Sum(value => value.Times);

    public double Mean { get; } = Values.Sum(value => value.Value * value.Times) / Values.Sum(value => value.Times);

    public DifferenceCounts Mirrored => new([.. Values.Select(value => (-value.Value, value.Times))]);

    public static DifferenceCounts Of(IEnumerable<double> differences) =>
        new([.. differences.GroupBy(value => value).OrderBy(equal => equal.Key).Select(equal => (equal.Key, equal.Count()))]);
}

/// <summary>
/// The distribution on [−1, 1] with a given mean under which what was seen is likeliest. It gives a value seen k times the weight
/// k/(n(1 + λ(v − mean))), λ such that the mean is right (Owen 1988, empirical likelihood) and, where these cannot reach the mean, the rest to an
/// end of the range, which nobody need have seen. Of differences −1, 0 and 1 it is Tango's restricted maximum-likelihood estimate.
/// </summary>
public static class Likeliest
{
    /// <param name="mean">Of the hypothesis, between −1 and 1.</param>
    public static double Variance(DifferenceCounts seen, double mean)
    {
        if (mean > seen.Mean)
            return Variance(seen.Mirrored, -mean);
        double most = 1 / (1 + mean);
        bool reached = seen.Values.Any(value => value.Value <= -1) || Excess(seen, mean, most) < 0;
        double tilt = reached ? Halving.Of(0, most, middle => Excess(seen, mean, middle) <= 0) : most, variance = 0, excess = 0;
        foreach (var (value, times) in seen.Values)
        {
            double weight = times / (seen.Count * (1 + (tilt * (value - mean))));
            variance += weight * (value - mean) * (value - mean);
            excess += weight * (value - mean);
        }

        return reached ? variance : variance + (excess * (1 + mean));
    }

    /// <summary>How far the tilted values' mean lies above the one wanted; falls as λ rises.</summary>
    private static double Excess(DifferenceCounts seen, double mean, double tilt) =>
        seen.Values.Sum(value => value.Times * (value.Value - mean) / (1 + (tilt * (value.Value - mean))));
}
