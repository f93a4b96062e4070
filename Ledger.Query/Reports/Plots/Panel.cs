using Ledger.Domain.Experiments;
using Ledger.Query.Results;

namespace Ledger.Query.Reports.Plots;

/// <summary>The rows of one plot, by line.</summary>
/// <param name="Suffix">For the title: the values of the axes that every row of the plot shares.</param>
internal sealed record Panel(string Suffix, IReadOnlyList<(string Label, IReadOnlyList<ResultsRow> Rows)> Lines)
{
    /// <summary>
    /// Lines tell apart what is asked for, or all axes that differ as long as the lines can be told apart; axes left over make plots of their own.
    /// </summary>
    /// <param name="taken">Axes along the plot.</param>
    /// <param name="most">Lines in one plot.</param>
    public static IEnumerable<Panel> Of(ResultsTable table, IReadOnlyList<ResultsRow> rows, ShowPlot wanted, IReadOnlyList<string> taken, int most)
    {
        IEnumerable<string> axes = table.SeveralModels ? table.Axes.Append("") : table.Axes;
        List<string> differing = [.. axes.Where(axis => !taken.Contains(axis, StringComparer.Ordinal) && rows.Select(row => Value(row, axis)).Distinct(StringComparer.Ordinal).Count() > 1)];
        List<string> lines = wanted.Lines is { } asked ? [.. differing.Where(asked.Contains)] : [.. differing];
        while (wanted.Lines is null && lines.Count > 1 && Count(rows, lines) > most)
            lines.Remove(lines.MinBy(axis => rows.Select(row => Value(row, axis)).Distinct(StringComparer.Ordinal).Count())!);
        List<string> plots = [.. differing.Except(lines, StringComparer.Ordinal)];
        return rows.GroupBy(row => Text(row, plots), StringComparer.Ordinal).Select(panel => new Panel(
            plots.Count == 0 ? "" : $" · {panel.Key}",
            [.. panel.GroupBy(row => Text(row, lines), StringComparer.Ordinal).Select(line => (line.Key, (IReadOnlyList<ResultsRow>)[.. line]))]));
    }

    private static int Count(IReadOnlyList<ResultsRow> rows, List<string> axes) => rows.Select(row => Text(row, axes)).Distinct(StringComparer.Ordinal).Count();

    private static string Text(ResultsRow row, List<string> axes) => string.Join(" · ", axes.Select(axis => Named(axis, Value(row, axis))));

    // A number says nothing without its axis.
    private static string Named(string axis, string value) => value.Length > 0 && char.IsAsciiDigit(value[0]) ? $"{axis} {value}" : value;

    /// <summary>The label on an axis; on the axis without a name, the step that made the network.</summary>
    private static string Value(ResultsRow row, string axis) => axis.Length == 0 ? row.ModelStep : row.Point.GetValueOrDefault(axis, "–");
}
