namespace Ledger.Domain.Experiments;

/// <summary>Which part of a split a data set means: all of it, its first examples, or some taken by lot.</summary>
internal sealed record DataPart(int? First, RandomPart? Random)
{
    public static readonly DataPart All = new(null, null);
}

/// <summary>Parts of splits: <c>all</c>, <c>{first: n}</c>, <c>{random: 0.1, seed: 0}</c>; and what is set aside for validation.</summary>
internal static class ReadPart
{
    private const int Most = 100_000_000;

    public static DataPart Of(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text: "all" })
            return DataPart.All;
        var map = new ReadMap(node, problems, "all, {first: n} or {random: 0.1, seed: 0}");
        var part = map.Has("random")
            ? new DataPart(null, map.Optional("random", n => Random(n, Seed(map, problems), problems), null))
            : new DataPart(map.Required("first", "a number of examples, or all", n => Limit(n, problems), null), null);
        map.Done("a part of a data set");
        return part;
    }

    /// <summary><c>{first: n}</c>, the one choice a step has.</summary>
    public static int? First(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "{first: n}");
        var first = map.Required("first", "a number of examples, or all", n => Limit(n, problems), null);
        map.Done("a part of a data set");
        return first;
    }

    public static int? Limit(SpecNode node, SpecProblems problems) =>
        node is SpecScalar { Text: "all" } ? null : ReadScalar.Count(node, 1, Most, problems);

    public static HoldOut Validation(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "examples set aside, for example {count: 1000, from: train, seed: 0}");
        map.Optional("from", n => ReadScalar.Word(n, ["train"], problems), "train");
        Exact? fraction = map.Has("fraction") ? map.Optional("fraction", n => (Exact?)ReadScalar.Exact(n, Range.Fraction, problems), null) : null;
        if (fraction is not null && map.Optional("count") is { } both)
            problems.Add(both, "one of count and fraction");
        int? count = fraction is null ? map.Required("count", "a number of examples (or fraction: 0.1)", n => ReadScalar.Count(n, 1, Most, problems), 1) : null;
        var held = new HoldOut(count, Seed(map, problems), fraction);
        map.Done("validation");
        return held;
    }

    public static long Seed(ReadMap map, SpecProblems problems) =>
        map.Optional("seed", n => ReadScalar.Integer(n, 0, Seeds.Most, problems), 0);

    /// <summary>A whole number is a count, a number below 1 a fraction.</summary>
    private static RandomPart? Random(SpecNode node, long seed, SpecProblems problems)
    {
        if (node is not SpecScalar scalar || !Exact.TryParse(scalar.Text, out var size) || size.Numerator.Sign <= 0)
        {
            problems.Add(node, "a fraction such as 0.1, or a number of examples");
            return null;
        }

        return size.Numerator < size.Denominator
            ? new RandomPart(null, seed, size)
            : new RandomPart(ReadScalar.Count(node, 1, Most, problems), seed);
    }
}
