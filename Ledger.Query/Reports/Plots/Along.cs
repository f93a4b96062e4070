using Ledger.Domain.Experiments;
using Ledger.Query.Results;

namespace Ledger.Query.Reports.Plots;

/// <summary>Where rows stand along a plot, and which of them are joined.</summary>
internal sealed class Along
{
    private readonly Func<ResultsRow, double?> _place;
    private readonly Func<ResultsRow, string> _family;

    private Along(PlotAxis axis, Func<ResultsRow, double?> place, Func<ResultsRow, string> family) => (Axis, _place, _family) = (axis, place, family);

    public PlotAxis Axis { get; }

    /// <summary>
    /// An axis whose labels are all numbers is a scale; any other stands label by label, and only members of a family are joined. A metric is a
    /// scale on which members of one sweep are joined.
    /// </summary>
    public static Along Of(ResultsTable table, IReadOnlyList<ResultsRow> rows, string against)
    {
        if (!table.Axes.Contains(against, StringComparer.Ordinal))
            return OfMetric(table, rows, against);
        string[] labels = [.. rows.Select(row => row.Point.GetValueOrDefault(against, "–")).Distinct(StringComparer.Ordinal)];
        var numbers = labels.Select(Number).OfType<double>().ToList();
        if (numbers.Count == labels.Length && (numbers.Min() > 0 || !WideRange([.. numbers.Where(number => number > 0)])))
            return new Along(new PlotAxis(against, Logarithmic: WideRange(numbers)), row => Number(row.Point[against]), _ => "");
        // Numbers that no scale can show, such as 0 beside powers of ten, stand label by label and are still one family.
        bool one = numbers.Count == labels.Length;
        return new Along(
            new PlotAxis(against, labels), row => Array.IndexOf(labels, row.Point.GetValueOrDefault(against, "–")),
            row => one ? "" : Sweep(row, against));
    }

    /// <summary>What the labels of one sweep on an axis have in common: <c>filters</c> of <c>filters/0.5</c>, nothing of plain numbers.</summary>
    public static string Sweep(ResultsRow row, string axis)
    {
        string label = row.Point.GetValueOrDefault(axis, "–");
        return Number(label) is null ? label.Split('/')[0] : "";
    }

    /// <summary>A line's points in the order of the axis, cut where they belong to different families.</summary>
    public IReadOnlyList<IReadOnlyList<PlotPoint>> Stretches(IReadOnlyList<(ResultsRow Row, PlotPoint Point)> points)
    {
        var placed = points.Where(point => _place(point.Row) is not null).Select(point => (point.Row, Point: point.Point with { X = _place(point.Row)!.Value }))
            .OrderBy(point => point.Point.X);
        return [.. placed.GroupBy(point => _family(point.Row), StringComparer.Ordinal).Select(family => (IReadOnlyList<PlotPoint>)[.. family.Select(point => point.Point)])];
    }

    /// <summary>Whether a logarithmic scale shows the values better: all positive, over more than a decade and a half.</summary>
    public static bool WideRange(IReadOnlyList<double> values) => values.Count > 1 && values.Min() > 0 && values.Max() / values.Min() > 32;

    private static Along OfMetric(ResultsTable table, IReadOnlyList<ResultsRow> rows, string metric)
    {
        double scale = RowValues.IsFraction(table, metric) ? 100 : 1;
        double? Place(ResultsRow row) => RowValues.OfAttack(metric) ? null : RowValues.Of(row, metric)?.Mean * scale;
        var values = rows.Select(Place).OfType<double>().ToList();
        string Sweeps(ResultsRow row) => string.Join(' ', table.Axes.Select(axis => Sweep(row, axis)));
        return new Along(new PlotAxis(RowValues.Label(table, metric), Logarithmic: scale == 1 && WideRange(values)), Place, Sweeps);
    }

    private static double? Number(string label) => Exact.TryParse(label, out var number) ? number.Value : null;
}
