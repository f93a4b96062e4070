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
        if (scope.Check.Unit is not CheckUnit.Example)
            return Spread(at, of, [.. pair.Seeds.Select(seed => seed.A[metric]!.Value - seed.B[metric]!.Value)], region);
        return Fault(scope, pair, metric) is { } fault
            ? new Comparison(at, of, null, region, fault, Verdicts.NotTestable)
            : new Comparison(at, of, Examples(scope, pair, metric), region, McNemars(scope, pair, metric));
    }

    /// <summary>Whether the sides differ at all on these examples, seed by seed, for readers; margins are for the interval.</summary>
    private static string McNemars(Scope scope, Pair pair, string metric)
    {
        double[] p = [.. pair.Seeds.Select(seed => McNemar.Discordant(Results(scope, seed.A, metric)!, Results(scope, seed.B, metric)!)).Select(only => McNemar.MidP(only.OnlyFirst, only.OnlySecond)).Order()];
        return p.Length == 1 ? $"McNemar's mid-p {Parts.Digits(p[0])}" : $"McNemar's mid-p {Parts.Digits(p[0])} to {Parts.Digits(p[^1])} over seeds";
    }

    /// <summary>A mean over seeds with Student's interval.</summary>
    public static Comparison Spread(string? at, string of, IReadOnlyCollection<double> values, Region region) =>
        StudentEstimate.Of(values) is { } estimate ? new Comparison(at, of, estimate, region)
        : new Comparison(at, of, null, region, "one seed has no spread; unit: example may do");

    public static string TooFew(int seeds, int wanted) => $"{seeds} {(seeds == 1 ? "seed" : "seeds")}, at least {wanted} wanted";

    private static string? Fault(Scope scope, Pair pair, string metric)
    {
        foreach (var (a, b) in pair.Seeds)
        {
            if (a.ExamplesDigest is null || a.ExamplesDigest != b.ExamplesDigest)
                return $"seed {a.Seed}: a and b were not evaluated on the same examples";
            if (Results(scope, a, metric) is not { } first || Results(scope, b, metric) is not { } second || first.Count != second.Count)
                return $"seed {a.Seed}: no per-example outcomes of {metric}";
        }

        return null;
    }

    private static IReadOnlyList<bool>? Results(Scope scope, CheckRow row, string metric) =>
        row.OutcomesDigest is { } digest ? scope.Outcomes.GetValueOrDefault(digest)?.Of(metric) : null;

    /// <summary>
    /// Examples are resampled with what all seeds say of them, since an example is as hard for one seed as for the next; where seeds have
    /// examples of their own, within each of these sets. So the interval speaks of other examples, not of other seeds.
    /// </summary>
    private static ResampledEstimate Examples(Scope scope, Pair pair, string metric)
    {
        double value = 0;
        int examples = 0;
        var draws = new double[Resamples];
        foreach (var (stratum, set) in pair.Seeds.GroupBy(seed => seed.A.ExamplesDigest).Index())
        {
            double[] differences = Mean([.. set.Select(seed => (Results(scope, seed.A, metric)!, Results(scope, seed.B, metric)!))]);
            double weight = (double)set.Count() / pair.Seeds.Count;
            double[] means = PairedBootstrap.Means(differences, Resamples, unchecked(scope.Seed + (ulong)stratum));
            for (int i = 0; i < draws.Length; i++)
                draws[i] += weight * means[i];
            value += weight * differences.Average();
            examples += differences.Length;
        }

        return new ResampledEstimate(value, examples, [.. draws.Order()], "percentile bootstrap over examples");
    }

    private static double[] Mean(IReadOnlyList<(IReadOnlyList<bool> A, IReadOnlyList<bool> B)> seeds)
    {
        var differences = new double[seeds[0].A.Count];
        foreach (var (a, b) in seeds)
        {
            for (int i = 0; i < differences.Length; i++)
                differences[i] += ((a[i] ? 1 : 0) - (b[i] ? 1 : 0)) / (double)seeds.Count;
        }

        return differences;
    }
}
