namespace Ledger.Domain.Checks;

/// <summary>The four things that can be said of a claim.</summary>
public static class Verdicts
{
    public const string Held = "held";

    public const string NotHeld = "not held";

    /// <summary>The results neither show nor refute it.</summary>
    public const string Inconclusive = "inconclusive";

    /// <summary>The results say nothing of it.</summary>
    public const string NotTestable = "not testable";

    /// <summary>Of a claim with several parts: one that fails is enough, and all must hold.</summary>
    public static string All(IReadOnlyCollection<string> parts) =>
        parts.Contains(NotHeld) ? NotHeld
        : parts.Count == 0 || parts.Contains(NotTestable) ? NotTestable
        : parts.Contains(Inconclusive) ? Inconclusive : Held;
}

/// <summary>One comparison of a claim: an estimate and the region it is claimed to lie in, or why there is none.</summary>
/// <param name="At">Where along the axes; null where there is only one.</param>
/// <param name="Of">What is estimated.</param>
/// <param name="Verdict">Where a rule decides and no interval; null otherwise.</param>
/// <param name="Chance">A further one-sided p-value that must be small for the claim to hold: that of a trend by chance.</param>
internal sealed record Comparison(
    string? At, string Of, Estimate? Estimate, Region? Region, string? Why = null, string? Verdict = null, double? Chance = null);

/// <summary>What a verdict rests on; numbers with six digits.</summary>
/// <param name="Claim">In words.</param>
/// <param name="Level">Of the intervals; of all together, where the file says how many comparisons share the error.</param>
/// <param name="Comparisons">All of which must hold, and among which refutations are corrected.</param>
/// <param name="Parts">At most <see cref="Most"/>, the decisive ones first.</param>
/// <param name="MoreParts">How many are not listed; null: none.</param>
/// <param name="LeftOut">What the claim would cover but is not there, with the reason; null: nothing.</param>
public sealed record CheckNumbers(
    string Claim, string Unit, double Level, int Comparisons, string Correction, IReadOnlyList<CheckPart> Parts, int? MoreParts = null,
    IReadOnlyList<string>? LeftOut = null, string? Why = null)
{
    /// <summary>More would not fit into an event.</summary>
    public const int Most = 16;
}

/// <param name="Low">Of the interval at the corrected level; null without an interval.</param>
/// <param name="N">Units it rests on.</param>
/// <param name="P">One-sided, corrected: against the claim where the estimate meets it, else against its opposite.</param>
public sealed record CheckPart(
    string? At, string Of, double? Estimate, double? Low, double? High, int N, double? P, string Verdict, string? Method = null, string? Why = null);

/// <summary>
/// From comparisons to parts. All of them must hold, so that each is tested at the whole level (intersection–union test, Berger 1982); one of a
/// check, in whichever of its claims, is enough to refute, so that these p-values are corrected among each other. What is declared to share the
/// error corrects both.
/// </summary>
internal static class Parts
{
    /// <param name="claims">Of one check: itself and what must hold besides, each with its comparisons.</param>
    public static IReadOnlyList<CheckPart> Of(IReadOnlyList<(Check Claim, IReadOnlyList<Comparison> Comparisons)> claims)
    {
        var tested = claims.SelectMany(claim => claim.Comparisons).Where(c => c is { Estimate: not null, Region: not null }).ToList();
        double[] opposed = [.. tested.Select(c => c.Estimate!.Inside(c.Region!))];
        int sharing = claims.Max(claim => claim.Claim.Comparisons ?? 1);
        return [.. claims.SelectMany(claim => Of(claim.Claim, claim.Comparisons, tested, Multiplicity.Adjusted(opposed, claim.Claim.Correction, Math.Max(sharing, tested.Count))))];
    }

    private static IEnumerable<CheckPart> Of(Check check, IReadOnlyList<Comparison> comparisons, List<Comparison> tested, IReadOnlyList<double> not)
    {
        int sharing = check.Comparisons ?? 1;
        double level = Multiplicity.Together(check.Level, check.Correction, sharing), error = (1 - check.Level) / 2;
        foreach (var c in comparisons)
        {
            int at = tested.FindIndex(one => ReferenceEquals(one, c));
            yield return at < 0 ? Untested(c)
                : Tested(c, Multiplicity.Adjusted([Math.Max(c.Estimate!.Outside(c.Region!), c.Chance ?? 0)], check.Correction, sharing)[0], not[at], level, error);
        }
    }

    private static CheckPart Tested(Comparison c, double held, double not, double level, double error)
    {
        var interval = c.Estimate!.Interval(level);
        // Resamples of ranks lean to one side of what was seen: the estimate itself must agree.
        bool seen = c.Region!.Holds(c.Estimate.Value);
        string verdict = c.Verdict ?? (seen && held <= error ? Verdicts.Held : !seen && not <= error ? Verdicts.NotHeld : Verdicts.Inconclusive);
        return new CheckPart(
            At(c), c.Of, Digits(c.Estimate.Value), Digits(interval.Low), Digits(interval.High), c.Estimate.N, Digits(seen ? held : not), verdict, c.Estimate.Method, c.Why);
    }

    private static CheckPart Untested(Comparison c) => new(
        At(c), c.Of, c.Estimate is null ? null : Digits(c.Estimate.Value), null, null, c.Estimate?.N ?? 0, null, c.Verdict ?? Verdicts.Inconclusive, null, c.Why);

    private static string? At(Comparison c) => c.At is { Length: > 0 } ? c.At : null;

    /// <summary>Six significant digits: the same on machines whose logarithms differ in the last place. Null when not finite.</summary>
    internal static double? Digits(double value) =>
        double.IsFinite(value) ? double.Parse(value.ToString("G6", null), System.Globalization.CultureInfo.InvariantCulture) : null;
}
