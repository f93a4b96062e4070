namespace Ledger.Domain.Metrics;

/// <summary>A range that holds the true value with the stated confidence.</summary>
public sealed record Interval(double Low, double High);

/// <summary>How many examples of one evaluation came out how.</summary>
/// <param name="Examples">All of them, right or wrong.</param>
/// <param name="Correct">Classified right without perturbation.</param>
/// <param name="Attacked">Those for which a perturbation was sought.</param>
/// <param name="Broken">Those classified right for which a misclassified perturbation was found.</param>
public sealed record OutcomeCounts(int Examples, int Correct, int Attacked, int Broken)
{
    /// <summary>Classified right with and without the perturbations tried.</summary>
    public int Robust => Correct - Broken;

    /// <summary>Fraction of all examples; not a number when there are none.</summary>
    public double CleanAccuracy => (double)Correct / Examples;

    /// <summary>Fraction of all examples, an upper bound of the true one: a better attack can only lower it.</summary>
    public double RobustAccuracy => (double)Robust / Examples;

    public static OutcomeCounts Of(IReadOnlyCollection<Outcome> outcomes) => new(
        outcomes.Count,
        outcomes.Count(o => o.Correct),
        outcomes.Count(o => o.AdversarialPrediction is not null),
        outcomes.Count(o => o.Correct && o.Broken));
}

/// <summary>Uncertainty of fractions.</summary>
public static class Accuracy
{
    // The 97.5 % point of the standard normal distribution.
    private const double Z95 = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval at 95 %, without continuity correction (Wilson 1927; Newcombe 1998, method 3). Unlike the
    /// usual plus-minus it stays within [0, 1] and says something at 0 and at 1. No trials: the whole of [0, 1].
    /// </summary>
    public static Interval Wilson95(int successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        if (trials == 0)
            return new Interval(0, 1);
        double n = trials, p = successes / n, z2 = Z95 * Z95;
        double centre = p + (z2 / (2 * n));
        double half = Z95 * Math.Sqrt(((p * (1 - p)) + (z2 / (4 * n))) / n);
        double scale = 1 + (z2 / n);
        return new Interval(
            successes == 0 ? 0 : (centre - half) / scale,
            successes == trials ? 1 : (centre + half) / scale);
    }
}
