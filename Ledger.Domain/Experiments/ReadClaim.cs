using System.Text.RegularExpressions;
using Ledger.Domain.Checks;

namespace Ledger.Domain.Experiments;

/// <summary>The part of a check that says what is claimed. There are columns and numbers, and no arithmetic.</summary>
internal sealed partial class ReadClaim(ReadMap map, CheckNames names, SpecProblems problems)
{
    private static readonly Range Anything = new(-1e12, 1e12);
    private static readonly Range Positive = Range.Above(0, 1e12);
    private static readonly Range NotNegative = new(0, 1e12);

    /// <summary><c>where</c>, and <c>adversary</c> or <c>step</c> beside it, which mean the same there.</summary>
    public Selection Where()
    {
        var where = map.Optional("where", n => ReadSelection.Of(n, names, problems), Selection.All);
        foreach (string word in new[] { Selection.Adversary, Selection.Step })
        {
            if (map.Optional(word) is not { } node)
                continue;
            if (where.Words?.ContainsKey(word) == true)
                problems.Add(node.Place, $"{word} beside a where that has it too", "it once");
            where = ReadSelection.Both(where, ReadSelection.Of(new SpecMap(node.Place, [new SpecEntry(word, node.Place, node)]), names, problems));
        }

        return where;
    }

    public Claim Of(string verb, Selection where) => verb switch
    {
        "value" => new ValueClaim(Metric("value"), Bound("expect", "< 0.05")),
        "compare" => Compare(),
        "noninferior" => new NonInferiorClaim(Metrics("noninferior"), Side("a"), Side("b"), AtEach(), Number("margin", Positive)),
        "equivalent" => new EquivalentClaim(Metrics("equivalent"), Side("a"), Side("b"), AtEach(), Number("within", Positive)),
        "ratio" => new RatioClaim(Metric("ratio"), Side("a"), Side("b"), AtEach(), Bound("expect", "<= 0.25")),
        "trend" => Trend(where),
        "order" => Order(),
        "same-order" => SameOrder(),
        "correlate" => Correlate(),
        _ => EveryRow(),
    };

    private CompareClaim Compare()
    {
        string metric = Metric("compare");
        string op = map.Required("expect", "a > b, a >= b or a < b", n => ReadScalar.Word(n, ["a > b", "a >= b", "a < b"], problems), null)?[2..^2] ?? ">";
        double? deviations = map.Optional("by", n => Deviations(n), null);
        return new CompareClaim(metric, Side("a"), Side("b"), AtEach(), op, deviations);
    }

    private double? Deviations(SpecNode node)
    {
        if (node is SpecScalar { Text: [.. var number, ' ', 's', 't', 'd'] } && Exact.TryParse(number.Trim(), out var times) && Positive.Holds(times.Value))
            return times.Value;
        problems.Add(node, "so many standard deviations over seeds, for example 2 std");
        return null;
    }

    private Claim Trend(Selection where)
    {
        string metric = Metric("trend");
        var along = map.Required("along", "an axis, axis.key, or a column", n => ReadAlong.Of(n, map.Optional("place"), where, names, problems), new Along("", null));
        if (!map.Has("flat-until"))
            return new TrendClaim(metric, along, AtEach(), Bound("spearman", "<= -0.8"), map.Optional("while", While, null));
        return new PlateauClaim(
            metric, along, AtEach(), Number("flat-until", Anything), Number("tolerance", Positive),
            map.Optional("then", n => ReadScalar.Word(n, ["falls"], problems) is not null, false));
    }

    private Guard? While(SpecNode node)
    {
        if (node is not SpecMap { Entries: [var only] })
        {
            problems.Add(node, "a column, for example {clean_accuracy: {drop-at-most: 0.03}}");
            return null;
        }

        var limit = new ReadMap(only.Value, problems, "{drop-at-most: 0.03}");
        double most = limit.Required("drop-at-most", "a number", n => ReadScalar.Number(n, NotNegative, problems), 0);
        limit.Done("while");
        return new Guard(Column(new SpecScalar(only.Key, only.Name)), most);
    }

    private OrderClaim Order()
    {
        string metric = Metric("order");
        var axis = map.Required<Axis?>("by", "an axis", n => names.Axis(n, problems), null);
        var labels = map.Required("as", "labels in their order", n => CheckNames.List(n, problems).Select(label => axis is null ? "" : CheckNames.Label(label, axis, problems)).ToList(), []);
        if (labels.Count == 1)
            problems.Add(map.Optional("as")!, "at least two labels");
        return new OrderClaim(metric, axis?.Name ?? "", labels, AtEach(), map.Optional("tolerance", n => ReadScalar.Number(n, NotNegative, problems), 0));
    }

    private SameOrderClaim SameOrder()
    {
        string metric = Metric("same-order");
        var of = map.Required("of", "axes", n => Sorted(CheckNames.List(n, problems).Select(axis => names.Axis(axis, problems)?.Name ?? "")), []);
        string across = map.Required("across", "adversary, or an axis", n => names.Level(n, problems), "");
        return new SameOrderClaim(metric, of, across, map.Has("kendall") ? Bound("kendall", "") : new Bound(">=", 0.8));
    }

    private CorrelateClaim Correlate()
    {
        var columns = map.Required("correlate", "two columns", n => CheckNames.List(n, problems).Select(Column).ToList(), ["", ""]);
        if (columns.Count != 2)
            problems.Add(map.Optional("correlate")!, "two columns");
        string method = map.Has("pearson") ? "pearson" : "spearman";
        return new CorrelateClaim(
            columns.FirstOrDefault(""), columns.LastOrDefault(""), method, Bound(method, method == "pearson" ? ">= 0.8" : "< 0"),
            map.Optional("control", Column, null!), map.Optional("stronger-than", Column, null!));
    }

    private EveryRowClaim EveryRow()
    {
        var node = map.Required("every-row", "x <= y");
        double slack = map.Optional("slack", n => ReadScalar.Number(n, new Range(0, 0.1), problems), 0);
        if (node is SpecScalar scalar && Inequality().Match(scalar.Text) is { Success: true } match)
            return new EveryRowClaim(match.Groups["left"].Value, match.Groups["op"].Value, match.Groups["right"].Value, slack);
        if (node is not null)
            problems.Add(node, "two columns, for example x <= y or x < y");
        return new EveryRowClaim("", "<=", "", slack);
    }

    private Selection Side(string key) => map.Required(key, "what is compared, for example {base: robust}", n => ReadSelection.Of(n, names, problems), Selection.All);

    private IReadOnlyList<string> AtEach() => map.Optional<IReadOnlyList<string>>("at-each", n => Sorted(CheckNames.List(n, problems).Select(one => names.Level(one, problems))), []);

    private double Number(string key, Range range) => map.Required(key, range.ToString(), n => ReadScalar.Number(n, range, problems), 0);

    private Bound Bound(string key, string example) => map.Required(key, $"a bound, for example \"{example}\"", n => ReadSelection.Bound(n, problems), new Bound("<", 0));

    private string Metric(string key) => map.Required(key, "a column", Column, "");

    private IReadOnlyList<string> Metrics(string key) => map.Required(key, "columns", n => Sorted(CheckNames.List(n, problems).Select(Column)), []);

    private string Column(SpecNode node)
    {
        if (node is SpecScalar scalar && CheckNames.IsColumn(scalar.Text))
            return scalar.Text;
        problems.Add(node, "the name of a column or metric, for example robust_accuracy");
        return "";
    }

    private static IReadOnlyList<string> Sorted(IEnumerable<string> words) => [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\A\s*(?<left>" + CheckNames.ColumnForm + @")\s*(?<op><=?)\s*(?<right>" + CheckNames.ColumnForm + @")\s*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Inequality();
}
