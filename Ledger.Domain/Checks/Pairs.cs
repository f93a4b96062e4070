using Ledger.Domain.Metrics;

namespace Ledger.Domain.Checks;

/// <summary>Two sides at one level, seed by seed.</summary>
internal sealed record Pair(string At, IReadOnlyList<(CheckRow A, CheckRow B)> Seeds)
{
    /// <summary>The levels at which both sides have rows; those with one side only are left out.</summary>
    /// <exception cref="Untestable">There is none, or a side has several rows for one seed.</exception>
    public static IReadOnlyList<Pair> Of(Scope scope, IReadOnlyList<string> columns, PairClaim claim)
    {
        var a = Group.ByNames(scope.Rows(columns, claim.A), claim.AtEach);
        var b = Group.ByNames(scope.Rows(columns, claim.B), claim.AtEach).ToDictionary(group => group.At, StringComparer.Ordinal);
        foreach (string one in a.Select(group => group.At).Except(b.Keys).Concat(b.Keys.Except(a.Select(group => group.At))))
            scope.LeaveOut($"{one}: only one side");
        var pairs = a.Where(group => b.ContainsKey(group.At)).Select(group => Of(group.At, group, b[group.At])).ToList();
        return pairs.Count > 0 ? pairs : throw new Untestable($"a and b have no level of {string.Join(", ", claim.AtEach)} in common");
    }

    public static Pair Of(string at, Group a, Group b) =>
        new(at, [.. a.Rows.Join(b.Rows, row => row.Seed, row => row.Seed, (first, second) => (first, second))]);
}

/// <summary>How far one side lies above the other.</summary>
internal static class Difference
{
    public const int Resamples = 10_000;

    public static Comparison Of(Scope scope, Pair pair, string metric, Region region)
    {
        string at = pair.At, of = $"{metric}, a − b";
        if (pair.Seeds.Count < scope.Check.Seeds)
            return new Comparison(at, of, null, region, TooFew(pair.Seeds.Count, scope.Check.Seeds));
        double[] seeds = [.. pair.Seeds.Select(seed => seed.A[metric]!.Value - seed.B[metric]!.Value)];
        bool bySeed = scope.Check.Unit is not (CheckUnit.Example or CheckUnit.SeedAndExample);
        if (bySeed && (!PerExample.IsFraction(metric) || Spreads(seeds)))
            return Spread(at, of, seeds, region);
        if (Fault(scope, pair, metric) is { } fault)
            return bySeed ? new Comparison(at, of, null, region, $"{NoSpread}; {fault}") : new Comparison(at, of, null, region, fault, Verdicts.NotTestable);
        if (scope.Check.Unit is CheckUnit.SeedAndExample && seeds.Length < 2)
            return new Comparison(at, of, null, region, OneSeed);
        var estimate = new PairedEstimate(Examples(scope, pair, metric), scope.Check.Unit is CheckUnit.SeedAndExample ? SeedSpread.Of(seeds) : null);
        return new Comparison(at, of, estimate, region, McNemars(scope, pair, metric));
    }

    public const string NoSpread = "a fraction of examples that is the same for every seed";

    /// <summary>Whether there are several and they differ by more than a rounding, or just one.</summary>
    public static bool Spreads(IReadOnlyCollection<double> values) => values.Count < 2 || values.Max() - values.Min() > 1e-12;

    /// <summary>Whether the sides differ at all on these examples, seed by seed, for readers; margins are for the interval.</summary>
    private static string McNemars(Scope scope, Pair pair, string metric)
    {
        double[] p = [.. pair.Seeds.Select(seed => McNemar.Discordant(PerExample.Results(scope, seed.A, metric)!, PerExample.Results(scope, seed.B, metric)!)).Select(only => McNemar.MidP(only.OnlyFirst, only.OnlySecond)).Order()];
        return p.Length == 1 ? $"McNemar's mid-p {Parts.Digits(p[0])}" : $"McNemar's mid-p {Parts.Digits(p[0])} to {Parts.Digits(p[^1])} over seeds";
    }

    /// <summary>A mean over seeds with Student's interval.</summary>
    public static Comparison Spread(string? at, string of, IReadOnlyCollection<double> values, Region region) =>
        StudentEstimate.Of(values) is { } estimate ? new Comparison(at, of, estimate, region)
        : new Comparison(at, of, null, region, OneSeed);

    private const string OneSeed = "one seed has no spread; unit: example may do";

    public static string TooFew(int seeds, int wanted) => $"{seeds} {(seeds == 1 ? "seed" : "seeds")}, at least {wanted} wanted";

    private static string? Fault(Scope scope, Pair pair, string metric)
    {
        if (scope.Check.Unit is CheckUnit.SeedAndExample && pair.Seeds.Select(seed => seed.A.ExamplesDigest).Distinct().Count() > 1)
            return "seeds were not evaluated on the same examples";
        foreach (var (a, b) in pair.Seeds)
        {
            if (a.ExamplesDigest is null || a.ExamplesDigest != b.ExamplesDigest)
                return $"seed {a.Seed}: a and b were not evaluated on the same examples";
            if (PerExample.Results(scope, a, metric) is not { } first || PerExample.Results(scope, b, metric) is not { } second || first.Count != second.Count)
                return $"seed {a.Seed}: no per-example outcomes of {metric}";
        }

        return null;
    }

    /// <summary>
    /// An example counts once, with what all seeds say of it, since an example is as hard for one seed as for the next; where seeds have examples
    /// of their own, each set by itself. By these alone an interval speaks of other examples, not of other seeds.
    /// </summary>
    private static DifferenceCounts Examples(Scope scope, Pair pair, string metric) => DifferenceCounts.Of(pair.Seeds.GroupBy(seed => seed.A.ExamplesDigest)
        .SelectMany(set => Mean([.. set.Select(seed => (PerExample.Results(scope, seed.A, metric)!, PerExample.Results(scope, seed.B, metric)!))])));

    private static IEnumerable<double> Mean(IReadOnlyList<(IReadOnlyList<bool> A, IReadOnlyList<bool> B)> seeds) => Enumerable.Range(0, seeds[0].A.Count)
        .Select(i => (double)seeds.Sum(seed => (seed.A[i] ? 1 : 0) - (seed.B[i] ? 1 : 0)) / seeds.Count);
}
