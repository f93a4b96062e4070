using Ledger.Domain.Metrics;

namespace Ledger.Domain.Checks;

/// <summary>Claims that hold two selections against each other.</summary>
internal static class JudgePairs
{
    public static void Lay(Scope scope, PairClaim claim) => Metrics(claim).ToList().ForEach(metric => Pair.Of(scope, [metric], claim));

    public static IReadOnlyList<Comparison> Of(Scope scope, PairClaim claim) =>
        [.. Metrics(claim).SelectMany(metric => Pair.Of(scope, [metric], claim).Select(pair => Of(scope, claim, pair, metric)))];

    private static IReadOnlyList<string> Metrics(PairClaim claim) => claim switch
    {
        CompareClaim one => [one.Metric],
        RatioClaim one => [one.Metric],
        NonInferiorClaim several => several.Metrics,
        EquivalentClaim several => several.Metrics,
        _ => throw new ArgumentOutOfRangeException(nameof(claim), claim, "No such claim."),
    };

    private static Comparison Of(Scope scope, PairClaim claim, Pair pair, string metric) => claim switch
    {
        CompareClaim { Deviations: { } deviations } compare => Apart(scope, pair, metric, compare.Op, deviations),
        CompareClaim compare => Difference.Of(scope, pair, metric, Region.Of(new Bound(compare.Op, 0))),
        NonInferiorClaim { Margin: var margin } => Difference.Of(scope, pair, metric, Region.Of(new Bound(">", -margin))),
        EquivalentClaim { Within: var within } => Difference.Of(scope, pair, metric, Region.Within(within)),
        RatioClaim ratio => Ratio(scope, pair, metric, Region.Of(ratio.Expect)),
        _ => throw new ArgumentOutOfRangeException(nameof(claim), claim, "No such claim."),
    };

    /// <summary>
    /// Means so many standard deviations apart. The deviation is that of single seeds, pooled over the sides: √((s_a² + s_b²)/2), each with
    /// n − 1. A rule on what was seen, not a test: in between it is inconclusive.
    /// </summary>
    private static Comparison Apart(Scope scope, Pair pair, string metric, string op, double deviations)
    {
        string of = $"{metric}, a − b";
        int seeds = pair.Seeds.Count;
        if (seeds < Math.Max(2, scope.Check.Seeds))
            return new Comparison(pair.At, of, null, null, Difference.TooFew(seeds, Math.Max(2, scope.Check.Seeds)));
        MeanStd a = MeanStd.Of([.. pair.Seeds.Select(seed => seed.A[metric]!.Value)]), b = MeanStd.Of([.. pair.Seeds.Select(seed => seed.B[metric]!.Value)]);
        double needed = deviations * Math.Sqrt(((a.Std!.Value * a.Std.Value) + (b.Std!.Value * b.Std.Value)) / 2);
        double difference = a.Mean - b.Mean, ahead = op == "<" ? -difference : difference;
        string verdict = (op == ">=" ? ahead >= needed : ahead > 0 && ahead >= needed) ? Verdicts.Held
            : ahead <= -needed ? Verdicts.NotHeld : Verdicts.Inconclusive;
        return new Comparison(
            pair.At, of, new ExactEstimate(difference, seeds), null, $"{deviations} std of single seeds (pooled) are {Parts.Digits(needed)}", verdict);
    }

    private static Comparison Ratio(Scope scope, Pair pair, string metric, Region region)
    {
        string of = $"{metric}, a / b";
        if (pair.Seeds.Count < scope.Check.Seeds)
            return new Comparison(pair.At, of, null, region, Difference.TooFew(pair.Seeds.Count, scope.Check.Seeds));
        double[] ratios = [.. pair.Seeds.Select(seed => seed.A[metric]!.Value / seed.B[metric]!.Value)];
        if (!ratios.All(double.IsFinite))
            return new Comparison(pair.At, of, null, region, $"{metric} of b is zero", Verdicts.NotTestable);
        return PerExample.IsFraction(metric) && !Difference.Spreads(ratios)
            ? new Comparison(pair.At, of, null, region, Difference.NoSpread)
            : Difference.Spread(pair.At, of, ratios, region);
    }
}

/// <summary>A column against a bound at every point selected.</summary>
internal static class JudgeValue
{
    public static IReadOnlyList<Group> Lay(Scope scope, ValueClaim claim) => Group.By(scope.Rows([claim.Metric]), row => row.PointText);

    public static IReadOnlyList<Comparison> Of(Scope scope, ValueClaim claim)
    {
        var region = Region.Of(claim.Expect);
        return [.. Lay(scope, claim).SelectMany(group => Of(scope, claim.Metric, group, region))];
    }

    private static IEnumerable<Comparison> Of(Scope scope, string metric, Group group, Region region)
    {
        if (group.Rows.Count < scope.Check.Seeds)
            return [new Comparison(group.At, metric, null, region, Difference.TooFew(group.Rows.Count, scope.Check.Seeds))];
        if (scope.Check.Unit is CheckUnit.Example)
            return group.Rows.Select(row => Fraction(scope, metric, group.At, row, region));
        var values = group.Values(metric);
        return [PerExample.IsFraction(metric) && !Difference.Spreads(values) ? Same(metric, group, region) : Difference.Spread(group.At, metric, values, region)];
    }

    /// <summary>Seeds that agree on the same examples say no more than one of them: its Wilson interval.</summary>
    private static Comparison Same(string metric, Group group, Region region) =>
        group.Rows.Min(row => PerExample.Count(row, metric)) is { } count && group.Rows.All(row => PerExample.Count(row, metric) is not null)
            ? new Comparison(group.At, metric, new FractionEstimate((int)Math.Round(group.Rows[0][metric]!.Value * count), count), region, Difference.NoSpread)
            : new Comparison(group.At, metric, null, region, $"{Difference.NoSpread}; of how many is not recorded");

    /// <summary>Every seed's network by itself, as one draw of examples.</summary>
    private static Comparison Fraction(Scope scope, string metric, string at, CheckRow row, Region region)
    {
        string place = at.Length == 0 ? $"seed {row.Seed}" : $"{at}, seed {row.Seed}";
        return PerExample.Results(scope, row, metric) is { Count: > 0 } results
            ? new Comparison(place, metric, new FractionEstimate(results.Count(right => right), results.Count), region)
            : new Comparison(place, metric, null, region, $"no per-example outcomes of {metric}", Verdicts.NotTestable);
    }
}
