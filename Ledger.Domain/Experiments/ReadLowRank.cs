namespace Ledger.Domain.Experiments;

/// <summary>The settings of <c>svd</c>: one of <c>rank</c>, <c>energy</c> and <c>epsilon</c>.</summary>
internal static class ReadLowRank
{
    private static readonly string[] Rules = ["rank", "energy", "epsilon"];

    public static TruncatedRank Of(ReadMap map, SpecProblems problems)
    {
        var given = Rules.Where(map.Has).ToArray();
        if (given.Length != 1)
            problems.Add(map.Place, given.Length == 0 ? "no rank" : string.Join(" and ", given), "one of rank: 10, energy: 0.95 and epsilon: 0.1");
        var rank = map.Optional("rank", n => (RankRule)new FixedRank(ReadScalar.Count(n, 1, 1_000_000, problems)), null);
        var energy = map.Optional("energy", n => (RankRule)new EnergyKept(ReadScalar.Exact(n, Range.Fraction, problems)), null);
        var epsilon = map.Optional("epsilon", n => (RankRule)new TailAtMost(ReadScalar.Exact(n, Range.Fraction, problems), Q(map, problems)), null);
        return new TruncatedRank(
            rank ?? energy ?? epsilon ?? new FixedRank(1), map.Optional("head", n => ReadScalar.Boolean(n, problems), false), ReadCompression.Except(map, problems));
    }

    /// <summary>Of the tail: 2 is the Frobenius norm, 1 the sum of singular values.</summary>
    private static int Q(ReadMap map, SpecProblems problems) => map.Optional("q", n => ReadScalar.Count(n, 1, 2, problems), 2);
}
