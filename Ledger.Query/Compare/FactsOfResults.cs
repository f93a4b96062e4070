using System.Globalization;
using Ledger.Query.Results;
using Ledger.Query.Runs;

namespace Ledger.Query.Compare;

/// <summary>A results table as facts: its cells as means over seeds, and what its runs have in common, or their several values together.</summary>
internal static class FactsOfResults
{
    public static IReadOnlyList<Fact> Of(ResultsTable table, IEnumerable<IReadOnlyList<Fact>> runs) =>
    [
        .. runs.SelectMany(facts => facts).Where(fact => fact.Kind is FactKind.Configuration or FactKind.Data or FactKind.Code or FactKind.Environment)
            .GroupBy(fact => (fact.Kind, fact.Path)).Select(Together),
        .. table.Rows.SelectMany(row => Cells(table, row)),
    ];

    /// <summary>How a row is called.</summary>
    public static string Name(ResultsRow row) => $"{ListRunsConsole.Point(row.Point)} {row.ModelStep}";

    public static IReadOnlyList<string> Runs(ResultsTable table) =>
        [.. table.Rows.SelectMany(row => row.EachSeed).Select(seed => seed.Run).Distinct(StringComparer.Ordinal)];

    private static Fact Together(IGrouping<(FactKind Kind, string Path), Fact> same) =>
        same.First() with { Text = string.Join(" | ", same.Select(fact => fact.Text).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)), Number = null };

    private static IEnumerable<Fact> Cells(ResultsTable table, ResultsRow row)
    {
        string name = Name(row);
        Fact Cell(string column, string unit, double mean, double? deviation, int seeds, ColumnClass columnClass = ColumnClass.Computed) => new(
            FactKind.Metrics, $"{name}.{column}", $"{Text(mean)} {Text(deviation)} {seeds}", mean, unit, columnClass, deviation, seeds);

        if (row.Clean is { } clean)
            yield return Cell("clean", "fraction", clean.Mean, clean.Deviation, clean.Seeds);
        foreach (var (at, attack) in table.Attacks.Index())
        {
            if (row.Attacks[at] is { Mean: { } mean } robust)
                yield return Cell(attack.Label, "fraction", mean, robust.Deviation, robust.Seeds);
        }

        foreach (var (metric, spread) in row.Values)
            yield return Cell(metric, table.Metrics.GetValueOrDefault(metric, ""), spread.Mean, spread.Deviation, spread.Seeds);
        if (row.TrainSeconds is { } seconds)
            yield return Cell("train_seconds", "s", seconds.Mean, seconds.Deviation, seconds.Seeds, ColumnClass.Observed);
    }

    private static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "–";
}
