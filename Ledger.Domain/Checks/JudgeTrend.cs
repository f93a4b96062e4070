using Ledger.Domain.Metrics;

namespace Ledger.Domain.Checks;

/// <summary>One place along a trend with the rows of its seeds.</summary>
internal sealed record Level(double Place, Group Group);

/// <summary>The points of a trend, from the first place to the last.</summary>
/// <param name="At">Which of several trends; empty where there is one.</param>
internal sealed record Line(string At, IReadOnlyList<Level> Levels)
{
    /// <exception cref="Untestable">Nothing is selected, or several rows of one seed stand in one place.</exception>
    public static IReadOnlyList<Line> Of(Scope scope, IReadOnlyList<string> columns, Along along, IReadOnlyList<string> atEach)
    {
        var rows = scope.Rows(along.Places is null ? [.. columns, along.Name] : columns);
        var placed = rows.Where(row => along.Places?.ContainsKey(row.At(along.Name) ?? "") ?? true).ToList();
        foreach (string label in rows.Except(placed).Select(row => row.At(along.Name) ?? "–").Distinct(StringComparer.Ordinal))
            scope.LeaveOut($"{along.Name} {label}: no place along the trend");
        var lines = placed.GroupBy(row => Group.AtText(row, atEach), StringComparer.Ordinal).Select(line => new Line(line.Key, Placed([.. line], along))).ToList();
        return lines.Count > 0 ? lines : throw new Untestable($"nothing selected has a place along {along.Name}");
    }

    private static IReadOnlyList<Level> Placed(IReadOnlyList<CheckRow> rows, Along along)
    {
        // A radius is the one column that a point can have several of.
        var groups = along.Places is not null ? Group.ByNames(rows, [along.Name])
            : Group.By(rows, row => along.Name == "eps" ? $"{row.PointText}, ε {Parts.Digits(row["eps"]!.Value)}" : row.PointText);
        return
        [
            .. groups.Select(group => new Level(along.Places?[group.Rows[0].At(along.Name)!] ?? group.Values(along.Name).Average(), group)).OrderBy(level => level.Place),
        ];
    }
}

/// <summary>Rank correlation with the place along an axis.</summary>
internal static class JudgeTrend
{
    private const string Method = "percentile bootstrap over seeds (Rao and Wu 1988)";

    /// <exception cref="Untestable">Also of a claim registered when trends could be by run.</exception>
    public static IReadOnlyList<Line> Lay(Scope scope, TrendClaim claim) => scope.Check.Unit is CheckUnit.Run
        ? throw new Untestable("a trend is one of points, which more seeds make no more; it is not judged by run")
        : Line.Of(scope, claim.While is { } guard ? [claim.Metric, guard.Metric] : [claim.Metric], claim.Along, claim.AtEach);

    public static IReadOnlyList<Comparison> Of(Scope scope, TrendClaim claim) => [.. Lay(scope, claim).Select(line => Of(scope, claim, line))];

    private static Comparison Of(Scope scope, TrendClaim claim, Line line)
    {
        var levels = Guarded(scope, claim.While, line);
        var region = Region.Of(claim.Spearman);
        string of = $"Spearman of {claim.Metric} along {claim.Along.Name}";
        int fewest = levels.Min(level => level.Group.Rows.Count);
        if (levels.Count < scope.Check.Points)
            return new Comparison(line.At, of, null, region, $"{levels.Count} points, at least {scope.Check.Points} wanted");
        if (fewest < scope.Check.Seeds)
            return new Comparison(line.At, of, null, region, Difference.TooFew(fewest, scope.Check.Seeds));
        return Means(scope, claim, line.At, of, levels);
    }

    /// <summary>Points whose guard fell too far below its mean at the first point say nothing of the claim.</summary>
    private static IReadOnlyList<Level> Guarded(Scope scope, Guard? guard, Line line)
    {
        if (guard is null)
            return line.Levels;
        double first = line.Levels[0].Group.Values(guard.Metric).Average();
        var kept = line.Levels.Where(level => first - level.Group.Values(guard.Metric).Average() <= guard.DropAtMost).ToList();
        foreach (var level in line.Levels.Except(kept))
            scope.LeaveOut($"{level.Group.At}{(line.At.Length == 0 ? "" : $", {line.At}")}: {guard.Metric} is {Parts.Digits(first - level.Group.Values(guard.Metric).Average())} below the first point");
        return kept;
    }

    private static Comparison Means(Scope scope, TrendClaim claim, string at, string of, IReadOnlyList<Level> levels)
    {
        double[] places = [.. levels.Select(level => level.Place)], means = [.. levels.Select(level => level.Group.Values(claim.Metric).Average())];
        double seen = Association.Spearman(places, means);
        if (double.IsNaN(seen))
            return new Comparison(at, of, null, null, $"{claim.Metric} is the same at every point");
        var draws = Seeds(scope.Seed, [.. levels.Select(level => level.Group.BySeed(claim.Metric))], drawn => Association.Spearman(places, drawn));
        double chance = Permutations.PValue(places, means, claim.Spearman.Sign, Association.Spearman, scope.Seed);
        return new Comparison(at, of, new ResampledEstimate(seen, levels.Count, draws, Method), Region.Of(claim.Spearman), $"p {Parts.Digits(chance)} by permutation", Chance: chance);
    }

    /// <summary>
    /// A statistic of means over seeds, resampled: seeds are drawn with replacement, once for all points that have the same seeds, since a seed gives
    /// every point the same first weights and batches. The deviation of a drawn mean is scaled by √(n/(n − 1)), without which three seeds would
    /// seem to spread too little. Draws in which it is undefined are not counted.
    /// </summary>
    internal static IReadOnlyList<double> Seeds(ulong seed, IReadOnlyList<IReadOnlyList<(long Seed, double Value)>> points, Func<double[], double> statistic)
    {
        var numbers = new SplitMix64(seed);
        string[] seeds = [.. points.Select(values => string.Join(' ', values.Select(value => value.Seed)))];
        var counts = seeds.Zip(points, (key, values) => (key, values.Count)).Distinct().ToList();
        double[] means = [.. points.Select(values => values.Average(value => value.Value))];
        var draws = new List<double>(Difference.Resamples);
        for (int i = 0; i < Difference.Resamples; i++)
        {
            var drawn = counts.ToDictionary(set => set.key, set => Enumerable.Range(0, set.Count).Select(_ => numbers.Below(set.Count)).ToArray(), StringComparer.Ordinal);
            double value = statistic([.. points.Select((values, at) => means[at] + (Scale(values.Count) * (drawn[seeds[at]].Average(one => values[one].Value) - means[at])))]);
            if (!double.IsNaN(value))
                draws.Add(value);
        }

        draws.Sort();
        return draws;
    }

    private static double Scale(int n) => n > 1 ? Math.Sqrt(n / (n - 1.0)) : 0;
}

/// <summary>Flat up to a place, and then falling.</summary>
internal static class JudgePlateau
{
    public static IReadOnlyList<Line> Lay(Scope scope, PlateauClaim claim) => Line.Of(scope, [claim.Metric], claim.Along, claim.AtEach);

    public static IReadOnlyList<Comparison> Of(Scope scope, PlateauClaim claim) => [.. Lay(scope, claim).SelectMany(line => Of(scope, claim, line))];

    private static IEnumerable<Comparison> Of(Scope scope, PlateauClaim claim, Line line)
    {
        var first = line.Levels[0];
        var flat = line.Levels.Skip(1).Where(level => level.Place <= claim.FlatUntil).ToList();
        var last = line.Levels[^1];
        if (flat.Count == 0)
            yield return new Comparison(line.At, $"{claim.Metric}, flat", null, null, $"one point up to {claim.FlatUntil}, at least 2 wanted");
        foreach (var level in flat)
            yield return Against(first, level, Region.Within(claim.Tolerance));
        if (claim.ThenFalls && last.Place > claim.FlatUntil)
            yield return Against(first, last, Region.Of(new Bound("<", -claim.Tolerance)));
        else if (claim.ThenFalls)
            yield return new Comparison(line.At, $"{claim.Metric}, falls", null, null, $"no point beyond {claim.FlatUntil}");

        Comparison Against(Level from, Level to, Region region) => Difference.Of(
            scope, Pair.Of($"{(line.At.Length == 0 ? "" : $"{line.At}, ")}{to.Group.At} against {from.Group.At}", to.Group, from.Group), claim.Metric, region);
    }
}
