using Ledger.Query.Results;

namespace Ledger.Query.Compare;

/// <summary>One path with its value on every side; null where a side has none.</summary>
/// <param name="Difference">Second less first, of two numbers; null for more sides than two.</param>
public sealed record ComparedFact(FactKind Kind, string Path, string Unit, ColumnClass Class, IReadOnlyList<FactValue?> Values, double? Difference);

/// <summary>A <see cref="Fact"/> without what all sides share.</summary>
public sealed record FactValue(string Text, double? Number, double? Deviation, int? Seeds);

/// <summary>What is different between runs, or between results tables; and, of two sides, how sure that is.</summary>
/// <param name="Facts">In the order of <see cref="FactKind"/>, and then as they come.</param>
/// <param name="Same">How many more paths are the same on every side, by kind.</param>
/// <param name="Paired">Attacks on the same examples on both sides, example by example; empty for more sides than two.</param>
public sealed record Comparison(IReadOnlyList<Side> Sides, IReadOnlyList<ComparedFact> Facts, IReadOnlyDictionary<FactKind, int> Same, IReadOnlyList<PairedDifference> Paired)
{
    /// <param name="sides">At least two, each with what can be said of it.</param>
    /// <param name="all">Also what is the same everywhere, and details.</param>
    public static Comparison Of(IReadOnlyList<(Side Side, IReadOnlyList<Fact> Facts)> sides, IReadOnlyList<PairedDifference> paired, bool all)
    {
        var known = sides.Select(side => side.Facts.ToDictionary(fact => (fact.Kind, fact.Path))).ToList();
        var compared = sides.SelectMany(side => side.Facts).Where(fact => all || !fact.Detail).DistinctBy(fact => (fact.Kind, fact.Path))
            .OrderBy(fact => fact.Kind).Select(fact => Of(fact, [.. known.Select(facts => facts.GetValueOrDefault((fact.Kind, fact.Path)))])).ToList();
        return new Comparison(
            [.. sides.Select(side => side.Side)],
            all ? compared : [.. compared.Where(Differs)],
            compared.Where(fact => !Differs(fact)).CountBy(fact => fact.Kind).ToDictionary(),
            paired);
    }

    /// <summary>Whether the sides say different things, or some say nothing. Steps of one key owe each other equal bytes; of different keys none.</summary>
    public static bool Differs(ComparedFact fact) =>
        fact.Values.Where(value => value is not null || fact.Kind != FactKind.Outputs).DistinctBy(value => value?.Text).Skip(1).Any();

    private static ComparedFact Of(Fact fact, IReadOnlyList<Fact?> values) => new(
        fact.Kind, fact.Path, fact.Unit, fact.Class,
        [.. values.Select(value => value is null ? null : new FactValue(value.Text, value.Number, value.Deviation, value.Seeds))],
        values is [{ Number: { } first }, { Number: { } second }] ? second - first : null);
}
