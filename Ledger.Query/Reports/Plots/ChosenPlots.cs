using Ledger.Domain.Experiments;
using Ledger.Query.Results;

namespace Ledger.Query.Reports.Plots;

/// <summary>Which plots a table gives: those the experiment declares, or else those its axes and attacks suggest.</summary>
internal static class ChosenPlots
{
    private const int FewestLabels = 3, MostAttacks = 3;

    public static IReadOnlyList<Plot> Of(ResultsTable table)
    {
        var plots = (table.Show?.Plots ?? Usual(table)).SelectMany(plot => DrawnPlot.Of(table, plot)).ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        return [.. plots.Select(plot => plot with { Name = Unlike(names, plot.Name) })];
    }

    /// <summary>
    /// Robust accuracy against every axis of three labels or more, under the worst cases and the attacks that reach the most networks; curves over the
    /// radius; robust accuracy against the cost of a prediction; condition numbers against sparsity.
    /// </summary>
    private static List<ShowPlot> Usual(ResultsTable table)
    {
        var plots = new List<ShowPlot>();
        string[] adversaries = [.. Ranked(table).Select(Name).Distinct(StringComparer.Ordinal).Take(MostAttacks)];
        string[] axes = [.. table.Axes.Where(axis => table.Rows.Select(row => row.Point.GetValueOrDefault(axis)).Distinct(StringComparer.Ordinal).Count() >= FewestLabels)];
        foreach (string axis in axes)
            plots.AddRange(adversaries.Length == 0 ? [new ShowPlot(RowValues.Clean, axis)] : adversaries.Select(adversary => new ShowPlot(RowValues.Robust, axis, Adversary: adversary)));
        plots.AddRange(ResultsColumns.Curves(table, FewestLabels - 1).Select(curve => new ShowPlot(RowValues.Robust, "eps", Adversary: curve.First().WorstCase ? ShowColumn.WorstCase : curve.First().Adversary)).Distinct());
        if (adversaries.Length > 0 && Different(table, "macs") >= FewestLabels)
            plots.Add(new ShowPlot(RowValues.Robust, "macs", Adversary: adversaries[0]));
        if (Different(table, "log10_condition_median") >= FewestLabels && Different(table, "sparsity") >= FewestLabels)
            plots.Add(new ShowPlot("log10_condition_median", "sparsity"));
        return plots;
    }

    private static IEnumerable<AttackColumn> Ranked(ResultsTable table)
    {
        var curves = ResultsColumns.Curves(table).SelectMany(curve => curve).ToHashSet();
        return table.Attacks.Index().Where(attack => !curves.Contains(attack.Item))
            .OrderByDescending(attack => attack.Item.WorstCase).ThenByDescending(attack => table.Rows.Count(row => row.Attacks[attack.Index] is not null))
            .ThenByDescending(attack => attack.Index).Select(attack => attack.Item);
    }

    private static string Name(AttackColumn attack) => attack.WorstCase ? ShowColumn.WorstCase : attack.Adversary ?? attack.Attack;

    private static int Different(ResultsTable table, string metric) => table.Rows.Select(row => RowValues.Of(row, metric)?.Mean).OfType<double>().Distinct().Count();

    private static string Unlike(HashSet<string> names, string name)
    {
        string unlike = name;
        for (int i = 2; !names.Add(unlike); i++)
            unlike = $"{name}-{i}";
        return unlike;
    }
}
