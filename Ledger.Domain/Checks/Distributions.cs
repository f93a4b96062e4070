namespace Ledger.Domain.Checks;

/// <summary>
/// Distribution functions of the standard normal and of Student's t, to about 1e-13, by continued fractions and power series of the
/// incomplete gamma and beta functions (Abramowitz and Stegun 1964, 6.5.29, 6.5.31 and 26.5.8, the fractions by Lentz's method).
/// Quantiles are found by halving, so that they invert what is computed here and nothing else.
/// </summary>
public static class Distributions
{
    private const double Tiny = 1e-300;

    private const double Enough = 1e-16;

    private const int Most = 10_000;

    // Lanczos's coefficients for g = 7, n = 9 (as tabulated by Godfrey).
    private static readonly double[] Lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
        -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>P(Z ≤ x).</summary>
    public static double Normal(double x)
    {
        double upper = UpperGamma(0.5, x * x / 2) / 2;
        return x < 0 ? upper : 1 - upper;
    }

    /// <summary>x with P(Z ≤ x) = p, for p between 0 and 1.</summary>
    public static double NormalQuantile(double p) => Invert(Normal, p);

    /// <summary>P(T ≤ x) at <paramref name="freedom"/> degrees of freedom, which need not be whole.</summary>
    public static double Student(double x, double freedom)
    {
        double tail = IncompleteBeta(freedom / (freedom + (x * x)), freedom / 2, 0.5) / 2;
        return x < 0 ? tail : 1 - tail;
    }

    /// <summary>x with P(T ≤ x) = p, for p between 0 and 1.</summary>
    public static double StudentQuantile(double p, double freedom) => Invert(x => Student(x, freedom), p);

    private static double Invert(Func<double, double> distribution, double p)
    {
        if (!(p > 0 && p < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "Expected a number between 0 and 1, both excluded.");
        // By symmetry only the lower half is searched, where no digits are lost to 1 − p.
        if (p > 0.5)
            return -Invert(distribution, 1 - p);
        double low = -1, high = 0;
        while (distribution(low) > p)
            (low, high) = (2 * low, low);
        for (int i = 0; i < 200 && low < high; i++)
        {
            double middle = low + ((high - low) / 2);
            if (middle == low || middle == high)
                break;
            if (distribution(middle) > p)
                high = middle;
            else
                low = middle;
        }

        return low + ((high - low) / 2);
    }

    /// <summary>Q(a, x), the regularised upper incomplete gamma function.</summary>
    private static double UpperGamma(double a, double x)
    {
        if (x <= 0)
            return 1;
        double front = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        return x < a + 1 ? 1 - (front * Series(a, x)) : front * UpperFraction(a, x);
    }

    private static double Series(double a, double x)
    {
        double term = 1 / a, sum = term;
        for (int n = 1; n < Most && term > sum * Enough; n++)
        {
            term *= x / (a + n);
            sum += term;
        }

        return sum;
    }

    private static double UpperFraction(double a, double x)
    {
        double b = x + 1 - a, c = 1 / Tiny, d = 1 / b, value = d;
        for (int i = 1; i < Most; i++)
        {
            double an = -i * (i - a);
            b += 2;
            d = 1 / Floored((an * d) + b);
            c = Floored(b + (an / c));
            value *= c * d;
            if (Math.Abs((c * d) - 1) < Enough)
                break;
        }

        return value;
    }

    /// <summary>I_x(a, b), the regularised incomplete beta function.</summary>
    private static double IncompleteBeta(double x, double a, double b)
    {
        if (x is <= 0 or >= 1)
            return x <= 0 ? 0 : 1;
        double front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x)));
        return x < (a + 1) / (a + b + 2) ? front * BetaFraction(x, a, b) / a : 1 - (front * BetaFraction(1 - x, b, a) / b);
    }

    private static double BetaFraction(double x, double a, double b)
    {
        double c = 1, d = 1 / Floored(1 - ((a + b) * x / (a + 1))), value = d;
        for (int m = 1; m < Most; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            double change = 1;
            foreach (double step in (ReadOnlySpan<double>)[even, odd])
            {
                d = 1 / Floored(1 + (step * d));
                c = Floored(1 + (step / c));
                change = c * d;
                value *= change;
            }

            if (Math.Abs(change - 1) < Enough)
                break;
        }

        return value;
    }

    private static double Floored(double value) => Math.Abs(value) < Tiny ? Tiny : value;

    private static double LogGamma(double x)
    {
        if (x < 0.5)
            return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - LogGamma(1 - x);
        double sum = Lanczos[0], t = x - 1 + 7.5;
        for (int i = 1; i < Lanczos.Length; i++)
            sum += Lanczos[i] / (x - 1 + i);
        return (0.5 * Math.Log(2 * Math.PI)) + ((x - 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }
}
