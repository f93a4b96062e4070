using Ledger.Domain.Metrics;

namespace Ledger.Domain.Checks;

/// <summary>Correlation of two columns over networks, whole points at a time.</summary>
internal static class JudgeCorrelation
{
    private const string Method = "percentile bootstrap over points";

    public static IReadOnlyList<Group> Lay(Scope scope, CorrelateClaim claim) => Group.By(scope.Rows(Columns(claim)), row => row.PointText);

    public static IReadOnlyList<Comparison> Of(Scope scope, CorrelateClaim claim)
    {
        var points = Lay(scope, claim);
        string of = $"{(claim.Control is null ? "" : "partial ")}{(claim.Method == "pearson" ? "Pearson" : "Spearman")} of {claim.X} and {claim.Y}";
        if (points.Count < scope.Check.Points)
            return [new Comparison(null, of, null, null, $"{points.Count} points, at least {scope.Check.Points} wanted")];
        int fewest = points.Min(point => point.Rows.Count);
        if (fewest < scope.Check.Seeds)
            return [new Comparison(null, of, null, null, Difference.TooFew(fewest, scope.Check.Seeds))];
        var units = points.Select(point => Units(scope.Check.Unit, point, Columns(claim))).ToList();
        return claim.StrongerThan is null ? [Itself(scope, claim, of, units)] : [Itself(scope, claim, of, units), Stronger(scope, claim, units)];
    }

    private static string[] Columns(CorrelateClaim claim) => [.. new[] { claim.X, claim.Y, claim.Control, claim.StrongerThan }.OfType<string>()];

    /// <summary>One row of column values for each unit of a point: its mean over seeds, or each run.</summary>
    private static IReadOnlyList<double[]> Units(CheckUnit unit, Group point, string[] columns) => unit is CheckUnit.Run
        ? [.. point.Rows.Select(row => columns.Select(column => row[column]!.Value).ToArray())]
        : [[.. columns.Select(column => point.Values(column).Average())]];

    private static Comparison Itself(Scope scope, CorrelateClaim claim, string of, IReadOnlyList<IReadOnlyList<double[]>> points)
    {
        List<double[]> all = [.. points.SelectMany(point => point)];
        double seen = Coefficient(claim, all, 0);
        if (double.IsNaN(seen))
            return new Comparison(null, of, null, null, "a column that does not vary, or is determined by the control", Verdicts.NotTestable);
        int controls = claim.Control is null ? 0 : 1;
        var estimate = scope.Check.Unit is CheckUnit.Run
            ? new ResampledEstimate(seen, all.Count, Draws(scope, points, rows => Coefficient(claim, rows, 0)), Method)
            : claim.Method == "pearson" ? FisherEstimate.Pearson(seen, all.Count, controls) : FisherEstimate.Spearman(seen, all.Count, controls);
        var region = Region.Of(claim.Expect);
        if (estimate is null)
            return new Comparison(null, of, null, region, $"{all.Count} points, at least {4 + controls} wanted");
        // A permutation would break the tie to the control as well.
        double? chance = claim.Control is null && scope.Check.Unit is not CheckUnit.Run ? Chance(scope, claim, all) : null;
        return new Comparison(null, of, estimate, region, chance is { } p ? $"p {Parts.Digits(p)} by permutation" : null, Chance: chance);
    }

    /// <summary>|r of x| − |r of the other column| above zero.</summary>
    private static Comparison Stronger(Scope scope, CorrelateClaim claim, IReadOnlyList<IReadOnlyList<double[]>> points)
    {
        int other = claim.Control is null ? 2 : 3;
        double Lead(IReadOnlyList<double[]> rows) => Math.Abs(Coefficient(claim, rows, 0)) - Math.Abs(Coefficient(claim, rows, other));
        string of = $"|r| of {claim.X} less |r| of {claim.StrongerThan}";
        List<double[]> all = [.. points.SelectMany(point => point)];
        return double.IsNaN(Lead(all))
            ? new Comparison(null, of, null, null, $"{claim.StrongerThan} does not vary, or is determined by the control", Verdicts.NotTestable)
            : new Comparison(null, of, new ResampledEstimate(Lead(all), all.Count, Draws(scope, points, Lead), Method), Region.Of(new Bound(">", 0)));
    }

    /// <param name="column">0 for x; y stands in column 1, the control, if any, in column 2.</param>
    private static double Coefficient(CorrelateClaim claim, IReadOnlyList<double[]> rows, int column)
    {
        Func<IReadOnlyList<double>, IReadOnlyList<double>, double> r = claim.Method == "pearson" ? Association.Pearson : Association.Spearman;
        double[] Column(int at) => [.. rows.Select(row => row[at])];
        double xy = r(Column(column), Column(1));
        return claim.Control is null ? xy : Association.Partial(xy, r(Column(column), Column(2)), r(Column(1), Column(2)));
    }

    private static double Chance(Scope scope, CorrelateClaim claim, IReadOnlyList<double[]> rows) => Permutations.PValue(
        [.. rows.Select(row => row[0])], [.. rows.Select(row => row[1])], claim.Expect.Sign,
        claim.Method == "pearson" ? Association.Pearson : Association.Spearman, scope.Seed);

    private static List<double> Draws(Scope scope, IReadOnlyList<IReadOnlyList<double[]>> points, Func<IReadOnlyList<double[]>, double> statistic)
    {
        var numbers = new SplitMix64(scope.Seed);
        var draws = new List<double>(Difference.Resamples);
        for (int i = 0; i < Difference.Resamples; i++)
        {
            double drawn = statistic([.. Enumerable.Range(0, points.Count).SelectMany(_ => points[numbers.Below(points.Count)])]);
            if (!double.IsNaN(drawn))
                draws.Add(drawn);
        }

        draws.Sort();
        return draws;
    }
}

/// <summary>Invariants: one counterexample refutes them, and they hold only where every promised row is there.</summary>
internal static class JudgeRows
{
    private const int Shown = 3;

    /// <summary>The rows with both sides, whole or by layer.</summary>
    public static IReadOnlyList<(CheckRow Row, string Layer, double Left, double Right)> Lay(Scope scope, EveryRowClaim claim)
    {
        var rows = scope.Rows([claim.Left, claim.Right], byLayer: true);
        return
        [
            .. rows.SelectMany(row => Layers(row, claim.Left).Intersect(Layers(row, claim.Right), StringComparer.Ordinal)
                .Select(layer => (row, layer, row[claim.Left + layer] ?? double.NaN, row[claim.Right + layer] ?? double.NaN))),
        ];
    }

    public static IReadOnlyList<Comparison> Of(Scope scope, EveryRowClaim claim)
    {
        var rows = Lay(scope, claim);
        var worst = rows.Select(row => (row, Excess: row.Left - row.Right - (claim.Slack * Math.Abs(row.Right))))
            .OrderByDescending(row => row.Excess).ToList();
        var broken = worst.Where(row => claim.Op == "<" ? row.Excess >= 0 : row.Excess > 0).ToList();
        string verdict = broken.Count > 0 ? Verdicts.NotHeld : scope.LeftOut.Count > 0 ? Verdicts.Inconclusive : Verdicts.Held;
        string why = string.Join("; ", worst.Take(broken.Count > 0 ? Math.Min(Shown, broken.Count) : 1).Select(row => Text(row.row)));
        return [new Comparison(null, "rows against it", new ExactEstimate(broken.Count, rows.Count), null, $"{(broken.Count > 0 ? "worst" : "nearest")}: {why}", verdict)];
    }

    private static IEnumerable<string> Layers(CheckRow row, string metric) => row.Values.Keys
        .Where(column => column == metric || column.StartsWith($"{metric}.", StringComparison.Ordinal)).Select(column => column[metric.Length..]);

    private static string Text((CheckRow Row, string Layer, double Left, double Right) row) =>
        $"{Parts.Digits(row.Left)} against {Parts.Digits(row.Right)} ({(row.Row.Point.Count == 0 ? "" : $"{row.Row.PointText}, ")}seed {row.Row.Seed}{(row.Layer.Length == 0 ? "" : $", layer {row.Layer[1..]}")})";
}
