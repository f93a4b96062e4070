using Ledger.Domain.Experiments;
using Ledger.Query.Results;

namespace Ledger.Query.Reports.Plots;

/// <summary>The rows of one plot, by line.</summary>
/// <param name="Suffix">For the title: the values of the axes that every row of the plot shares.</param>
internal sealed record Panel(string Suffix, IReadOnlyList<(string Label, IReadOnlyList<ResultsRow> Rows)> Lines)
{
    /// <summary>
    /// Lines tell apart what is asked for, or all axes that differ as long as the lines can be told apart; axes left over make plots of their own. In a
    /// plot against a metric, which is no axis, a sweep is one kind of point: its members differ in the metric.
    /// </summary>
    /// <param name="against">What stands along the plot.</param>
    /// <param name="most">Lines in one plot.</param>
    public static IEnumerable<Panel> Of(ResultsTable table, IReadOnlyList<ResultsRow> rows, ShowPlot wanted, string against, int most)
    {
        bool sweeps = against != "eps" && !table.Axes.Contains(against, StringComparer.Ordinal);
        string Value(ResultsRow row, string axis) => sweeps && axis.Length > 0 ? Along.Sweep(row, axis) : Label(row, axis);
        int Count(IEnumerable<string> axes) => rows.Select(row => Text(row, axes)).Distinct(StringComparer.Ordinal).Count();
        string Text(ResultsRow row, IEnumerable<string> axes) => string.Join(" · ", axes.Select(axis => Named(axis, Value(row, axis))));

        var all = table.SeveralModels ? table.Axes.Append("") : table.Axes;
        List<string> differing = [.. all.Where(axis => axis != against && Count([axis]) > 1)];
        List<string> lines = wanted.Lines is { } asked ? [.. differing.Where(asked.Contains)] : [.. differing];
        while (wanted.Lines is null && lines.Count > 1 && Count(lines) > most)
            lines.Remove(lines.MinBy(axis => Count([axis]))!);
        List<string> plots = [.. differing.Except(lines, StringComparer.Ordinal)];
        return rows.GroupBy(row => Text(row, plots), StringComparer.Ordinal).Select(panel => new Panel(
            plots.Count == 0 ? "" : $" · {panel.Key}",
            [.. panel.GroupBy(row => Text(row, lines), StringComparer.Ordinal).Select(line => (line.Key, (IReadOnlyList<ResultsRow>)[.. line]))]));
    }

    // A number says nothing without its axis.
    private static string Named(string axis, string value) => value.Length > 0 && char.IsAsciiDigit(value[0]) ? $"{axis} {value}" : value;

    /// <summary>The label on an axis; on the axis without a name, the step that made the network.</summary>
    private static string Label(ResultsRow row, string axis) => axis.Length == 0 ? row.ModelStep : row.Point.GetValueOrDefault(axis, "–");
}
