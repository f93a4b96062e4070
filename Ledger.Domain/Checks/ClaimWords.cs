using System.Globalization;

namespace Ledger.Domain.Checks;

/// <summary>A claim as a sentence for people.</summary>
public static class ClaimWords
{
    public static string Of(Check check)
    {
        string where = Of(check.Where);
        string text = $"{Of(check.Claim)}{(where.Length == 0 ? "" : $", where {where}")}{Unit(check)}";
        return check.And is { Count: > 0 } and ? $"{text}; and {string.Join("; and ", and.Select(Of))}" : text;
    }

    public static string Of(Selection selection) => string.Join(
        ", ",
        (selection.Axes ?? Nothing).Concat(selection.Words ?? Nothing).Select(axis => $"{axis.Key} {string.Join(" or ", axis.Value)}")
            .Concat((selection.Columns ?? NoBounds).Select(column => $"{column.Key} {column.Value}")));

    private static readonly Dictionary<string, IReadOnlyList<string>> Nothing = [];

    private static readonly Dictionary<string, Bound> NoBounds = [];

    private static string Of(Claim claim) => string.Create(CultureInfo.InvariantCulture, $"{claim switch
    {
        ValueClaim value => $"{value.Metric} {value.Expect}",
        CompareClaim { Deviations: { } k } c => $"{c.Metric} of ({Of(c.A)}) {c.Op} of ({Of(c.B)}) by {Text(k)} std{At(c.AtEach)}",
        CompareClaim c => $"{c.Metric} of ({Of(c.A)}) {c.Op} of ({Of(c.B)}){At(c.AtEach)}",
        NonInferiorClaim c => $"{List(c.Metrics)} of ({Of(c.A)}) at most {Text(c.Margin)} below that of ({Of(c.B)}){At(c.AtEach)}",
        EquivalentClaim c => $"{List(c.Metrics)} of ({Of(c.A)}) within {Text(c.Within)} of that of ({Of(c.B)}){At(c.AtEach)}",
        RatioClaim c => $"{c.Metric} of ({Of(c.A)}) over that of ({Of(c.B)}) {c.Expect}{At(c.AtEach)}",
        TrendClaim t => $"{t.Metric} along {t.Along.Name}: Spearman {t.Spearman}{(t.While is { } guard ? $" while {guard.Metric} falls by at most {Text(guard.DropAtMost)}" : "")}{At(t.AtEach)}",
        PlateauClaim p => $"{p.Metric} along {p.Along.Name}: within {Text(p.Tolerance)} of the first point up to {Text(p.FlatUntil)}{(p.ThenFalls ? ", below it at the last" : "")}{At(p.AtEach)}",
        OrderClaim o => $"{o.Metric} rises over {o.By} {string.Join(" ≤ ", o.As)}{(o.Tolerance > 0 ? $", tolerance {Text(o.Tolerance)}" : "")}{At(o.AtEach)}",
        SameOrderClaim s => $"{s.Metric} orders {string.Join(" × ", s.Of)} alike across {s.Across}: Kendall {s.Kendall}",
        CorrelateClaim c => $"{c.Method} of {c.X} and {c.Y} {c.Expect}{(c.Control is null ? "" : $", {c.Control} held")}{(c.StrongerThan is null ? "" : $", stronger than {c.StrongerThan}")}",
        EveryRowClaim r => $"{r.Left} {r.Op} {r.Right} in every row",
        _ => claim.GetType().Name,
    }}");

    private static string Unit(Check check) => check.Unit is CheckUnit.Seed ? "" : $" (by {Judge.LedgerWord(check.Unit)})";

    private static string At(IReadOnlyList<string> names) => names.Count == 0 ? "" : $", at each {string.Join(" and ", names)}";

    private static string List(IReadOnlyList<string> metrics) => string.Join(" and ", metrics);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
