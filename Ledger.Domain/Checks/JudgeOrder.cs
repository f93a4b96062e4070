namespace Ledger.Domain.Checks;

/// <summary>Never falling from one label to the next.</summary>
internal static class JudgeOrder
{
    public static IReadOnlyList<Pair> Lay(Scope scope, OrderClaim claim)
    {
        var rows = scope.Rows([claim.Metric]);
        var groups = Group.ByNames([.. rows.Where(row => claim.As.Contains(row.At(claim.By)))], [.. claim.AtEach, claim.By])
            .ToLookup(group => Group.AtText(group.Rows[0], claim.AtEach), StringComparer.Ordinal);
        var pairs = new List<Pair>();
        foreach (var level in groups)
        {
            var byLabel = level.ToDictionary(group => group.Rows[0].At(claim.By)!, StringComparer.Ordinal);
            foreach (string label in claim.As.Where(label => !byLabel.ContainsKey(label)))
                scope.LeaveOut($"{claim.By} {label}{(level.Key.Length == 0 ? "" : $", {level.Key}")}: not there");
            string[] there = [.. claim.As.Where(byLabel.ContainsKey)];
            pairs.AddRange(there.Skip(1).Zip(there, (next, before) => Pair.Of($"{(level.Key.Length == 0 ? "" : $"{level.Key}, ")}{next} − {before}", byLabel[next], byLabel[before])));
        }

        return pairs.Count > 0 ? pairs : throw new Untestable($"fewer than two labels of {claim.By} are selected");
    }

    public static IReadOnlyList<Comparison> Of(Scope scope, OrderClaim claim) =>
        [.. Lay(scope, claim).Select(pair => Difference.Of(scope, pair, claim.Metric, Region.Of(new Bound(">=", -claim.Tolerance))))];
}

/// <summary>The same order of points under every two labels.</summary>
internal static class JudgeSameOrder
{
    private const string Method = "percentile bootstrap over seeds (Rao and Wu 1988)";

    /// <returns>Label → its points.</returns>
    public static IReadOnlyList<(string Label, IReadOnlyList<Group> Points)> Lay(Scope scope, SameOrderClaim claim)
    {
        var labels = scope.Rows([claim.Metric]).GroupBy(row => row.At(claim.Across) ?? "–", StringComparer.Ordinal)
            .Select(label => (label.Key, Group.ByNames([.. label], claim.Of))).ToList();
        return labels.Count > 1 ? labels : throw new Untestable($"{claim.Across} has one label here ({labels[0].Key}); at least two are compared");
    }

    public static IReadOnlyList<Comparison> Of(Scope scope, SameOrderClaim claim)
    {
        var labels = Lay(scope, claim);
        return [.. from i in Enumerable.Range(0, labels.Count) from j in Enumerable.Range(i + 1, labels.Count - i - 1) select Of(scope, claim, labels[i], labels[j])];
    }

    private static Comparison Of(Scope scope, SameOrderClaim claim, (string Label, IReadOnlyList<Group> Points) a, (string Label, IReadOnlyList<Group> Points) b)
    {
        string at = $"{a.Label}, {b.Label}", of = $"Kendall's τ-b of {claim.Metric}";
        var region = Region.Of(claim.Kendall);
        var pairs = a.Points.Join(b.Points, group => group.At, group => group.At, (first, second) => (First: first, Second: second), StringComparer.Ordinal).ToList();
        foreach (string one in a.Points.Concat(b.Points).Select(group => group.At).Except(pairs.Select(pair => pair.First.At), StringComparer.Ordinal))
            scope.LeaveOut($"{one}: not under both of {at}");
        int fewest = pairs.Select(pair => Math.Min(pair.First.Rows.Count, pair.Second.Rows.Count)).DefaultIfEmpty(0).Min();
        if (pairs.Count < scope.Check.Points)
            return new Comparison(at, of, null, region, $"{pairs.Count} points, at least {scope.Check.Points} wanted");
        if (fewest < scope.Check.Seeds)
            return new Comparison(at, of, null, region, Difference.TooFew(fewest, scope.Check.Seeds));
        IReadOnlyList<(long, double Value)>[] values = [.. pairs.Select(pair => pair.First.BySeed(claim.Metric)), .. pairs.Select(pair => pair.Second.BySeed(claim.Metric))];
        double Tau(double[] means) => Association.Kendall(means[..pairs.Count], means[pairs.Count..]);
        double[] seen = [.. values.Select(of => of.Average(one => one.Value))];
        if (double.IsNaN(Tau(seen)))
            return new Comparison(at, of, null, null, $"{claim.Metric} is the same at every point");
        double chance = Permutations.PValue(seen[..pairs.Count], seen[pairs.Count..], claim.Kendall.Sign, Association.Kendall, scope.Seed);
        return new Comparison(
            at, of, new ResampledEstimate(Tau(seen), pairs.Count, JudgeTrend.Seeds(scope.Seed, values, Tau), Method), region, $"p {Parts.Digits(chance)} by permutation", Chance: chance);
    }
}
