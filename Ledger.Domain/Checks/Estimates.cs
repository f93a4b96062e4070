using Ledger.Domain.Metrics;

namespace Ledger.Domain.Checks;

/// <summary>
/// An estimated quantity with what is known of its uncertainty: an interval at any level, and how plausible it is that the quantity lies
/// outside a region although it seems inside, or inside although it seems outside.
/// </summary>
/// <param name="Value">The point estimate.</param>
/// <param name="N">How many units it rests on.</param>
public abstract record Estimate(double Value, int N)
{
    /// <summary>How the interval is made, for people.</summary>
    public abstract string Method { get; }

    /// <summary>Two-sided.</summary>
    public abstract Interval Interval(double level);

    /// <summary>One-sided p-value against the claim that the quantity lies in the region: small where it clearly does.</summary>
    public double Outside(Region region) =>
        Math.Max(region.Low is { } low ? AtMost(low) : 0, region.High is { } high ? AtLeast(high) : 0);

    /// <summary>One-sided p-value against the claim that the quantity lies outside the region: small where it clearly does.</summary>
    public double Inside(Region region) => Math.Min(
        region.Low is { } low ? AtLeast(low with { Included = !low.Included }) : 1,
        region.High is { } high ? AtMost(high with { Included = !high.Included }) : 1);

    /// <summary>Of the hypothesis that the quantity is below the edge, or on it where the edge is not included.</summary>
    protected abstract double AtMost(Edge edge);

    /// <summary>Of the hypothesis that the quantity is above the edge, or on it where the edge is not included.</summary>
    protected abstract double AtLeast(Edge edge);
}

/// <summary>A quantity without spread: counted, or the same in every repetition.</summary>
public sealed record ExactEstimate(double Value, int N) : Estimate(Value, N)
{
    public override string Method => "no spread";

    public override Interval Interval(double level) => new(Value, Value);

    protected override double AtMost(Edge edge) => new Region(edge, null).Holds(Value) ? 0 : 1;

    protected override double AtLeast(Edge edge) => new Region(null, edge).Holds(Value) ? 0 : 1;
}

/// <summary>A mean of independent, about normal values: Student's t at n − 1 degrees of freedom.</summary>
public sealed record StudentEstimate(double Value, int N, double Error) : Estimate(Value, N)
{
    public override string Method => "Student's t";

    /// <returns>Null of fewer than two values; <see cref="ExactEstimate"/> where they do not differ.</returns>
    public static Estimate? Of(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
            return null;
        var spread = MeanStd.Of(values);
        return spread.Std > 0 ? new StudentEstimate(spread.Mean, values.Count, spread.Std.Value / Math.Sqrt(values.Count)) : new ExactEstimate(values.First(), values.Count);
    }

    public override Interval Interval(double level)
    {
        double half = Error * Distributions.StudentQuantile((1 + level) / 2, N - 1);
        return new Interval(Value - half, Value + half);
    }

    protected override double AtMost(Edge edge) => Distributions.Student((edge.Value - Value) / Error, N - 1);

    protected override double AtLeast(Edge edge) => Distributions.Student((Value - edge.Value) / Error, N - 1);
}

/// <summary>A fraction of right answers: Wilson's score interval and the score test it inverts (Wilson 1927).</summary>
public sealed record FractionEstimate(int Successes, int Trials) : Estimate((double)Successes / Trials, Trials)
{
    public override string Method => "Wilson";

    public override Interval Interval(double level)
    {
        double z = Distributions.NormalQuantile((1 + level) / 2), n = Trials, z2 = z * z;
        double centre = Value + (z2 / (2 * n)), half = z * Math.Sqrt(((Value * (1 - Value)) + (z2 / (4 * n))) / n), scale = 1 + (z2 / n);
        return new Interval(Successes == 0 ? 0 : (centre - half) / scale, Successes == Trials ? 1 : (centre + half) / scale);
    }

    protected override double AtMost(Edge edge) => Score(edge, 1);

    protected override double AtLeast(Edge edge) => Score(edge, -1);

    // At 0 and 1 the hypothesis leaves no spread: one counterexample refutes it.
    private double Score(Edge edge, int sign)
    {
        double variance = edge.Value * (1 - edge.Value) / Trials;
        if (variance > 0)
            return Distributions.Normal(sign * (edge.Value - Value) / Math.Sqrt(variance));
        return sign * (Value - edge.Value) > 0 || (edge.Included && Value == edge.Value) ? 0 : 1;
    }
}

/// <summary>A correlation by Fisher's z = artanh r, with a standard error that depends on the coefficient.</summary>
/// <param name="Error">Of z.</param>
public sealed record FisherEstimate(double Value, int N, double Error) : Estimate(Value, N)
{
    public override string Method => "Fisher's z";

    /// <summary>Pearson's, or partial with so many controls: 1/√(n − 3 − controls) (Fisher 1921, 1924).</summary>
    public static Estimate? Pearson(double r, int n, int controls = 0) => Of(r, n, n - 3 - controls, 1);

    /// <summary>Spearman's: √((1 + r²/2)/(n − 3 − controls)) (Bonett and Wright 2000).</summary>
    public static Estimate? Spearman(double r, int n, int controls = 0) => Of(r, n, n - 3 - controls, 1 + (r * r / 2));

    public override Interval Interval(double level)
    {
        double z = Math.Atanh(Value), half = Error * Distributions.NormalQuantile((1 + level) / 2);
        return new Interval(Math.Tanh(z - half), Math.Tanh(z + half));
    }

    protected override double AtMost(Edge edge) => Distributions.Normal((Math.Atanh(edge.Value) - Math.Atanh(Value)) / Error);

    protected override double AtLeast(Edge edge) => Distributions.Normal((Math.Atanh(Value) - Math.Atanh(edge.Value)) / Error);

    private static Estimate? Of(double r, int n, int freedom, double factor) =>
        double.IsNaN(r) || freedom < 1 ? null : Math.Abs(r) == 1 ? new ExactEstimate(r, n) : new FisherEstimate(r, n, Math.Sqrt(factor / freedom));
}

/// <summary>A quantity of which resamples were drawn: percentile intervals (Efron and Tibshirani 1993, chapter 13), p-values by counting.</summary>
/// <param name="Draws">Ascending.</param>
public sealed record ResampledEstimate(double Value, int N, IReadOnlyList<double> Draws, string Method) : Estimate(Value, N)
{
    public override string Method { get; } = Method;

    public override Interval Interval(double level) => new(Quantile.Of(Draws, (1 - level) / 2), Quantile.Of(Draws, (1 + level) / 2));

    protected override double AtMost(Edge edge) => Share(draw => new Region(edge, null).Under(draw));

    protected override double AtLeast(Edge edge) => Share(draw => new Region(null, edge).Over(draw));

    private double Share(Func<double, bool> against) => (1.0 + Draws.Count(against)) / (1 + Draws.Count);
}
