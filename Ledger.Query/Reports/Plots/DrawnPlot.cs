using Ledger.Domain.Experiments;
using Ledger.Query.Results;

namespace Ledger.Query.Reports.Plots;

/// <summary>
/// A declared plot filled in from a table: one for each attack it is about, and for each value of the axes that neither stand along
/// it nor are told apart by its lines. Nothing is ever averaged but seeds.
/// </summary>
internal static class DrawnPlot
{
    private const int MostLines = 8;

    public static IEnumerable<Plot> Of(ResultsTable table, ShowPlot wanted)
    {
        if (wanted.Against == "eps")
            return Curves(table, wanted);
        if (!RowValues.OfAttack(wanted.Of))
            return Panels(table, wanted, -1);
        return Attacks(table, wanted).SelectMany(attack => Panels(table, wanted, attack.Index));
    }

    private static IEnumerable<(int Index, AttackColumn Item)> Attacks(ResultsTable table, ShowPlot wanted)
    {
        var curves = ResultsColumns.Curves(table).SelectMany(curve => curve).ToHashSet();
        bool radius = wanted.Adversary?.Contains('@') == true;
        return table.Attacks.Index().Where(attack => Is(attack.Item, wanted.Adversary) && (radius || !curves.Contains(attack.Item)));
    }

    private static bool Is(AttackColumn attack, string? name) => name?.Split('@', 2) switch
    {
        null => true,
        [ShowColumn.WorstCase] => attack.WorstCase,
        [ShowColumn.WorstCase, var eps] => attack.WorstCase && attack.EpsAsWritten == eps,
        [var adversary] => !attack.WorstCase && attack.Adversary == adversary,
        [var adversary, var eps, ..] => !attack.WorstCase && attack.Adversary == adversary && attack.EpsAsWritten == eps,
        _ => false,
    };

    private static IEnumerable<Plot> Panels(ResultsTable table, ShowPlot wanted, int attack)
    {
        var rows = Rows(table, wanted).Where(row => RowValues.Of(row, wanted.Of, attack) is not null).ToList();
        var along = Along.Of(table, rows, wanted.Against);
        return Panel.Of(table, rows, wanted, wanted.Against, MostLines).Select(panel =>
        {
            string against = along.Axis.Label.Split(" (")[0];
            var lines = panel.Lines.Select(line => new PlotLine(
                line.Label, along.Stretches([.. line.Rows.Select(row => (row, Point(table, row, wanted, attack)))]))).Where(line => line.Stretches.Count > 0).ToList();
            string title = $"{wanted.Of.Replace('_', ' ')} against {against}{(attack < 0 ? "" : $" · {table.Attacks[attack].Label}")}{panel.Suffix}";
            return new Plot(
                Slug(table.Experiment, wanted.Of, "against", wanted.Against, attack < 0 ? "" : table.Attacks[attack].Label, panel.Suffix),
                title, Note(table, wanted, attack < 0 ? null : table.Attacks[attack]), along.Axis, YAxis(table, wanted.Of, lines), lines);
        }).Where(plot => plot.Lines.Sum(line => line.Stretches.Sum(stretch => stretch.Count)) > 1);
    }

    /// <summary>Robust accuracy over the radius of one attack, from the clean accuracy at 0.</summary>
    private static IEnumerable<Plot> Curves(ResultsTable table, ShowPlot wanted)
    {
        foreach (var curve in ResultsColumns.Curves(table, 1).Where(curve => Is(curve.First(), wanted.Adversary)))
        {
            var at = curve.Select(attack => (attack.Eps, Index: table.Attacks.Index().First(column => column.Item == attack).Index)).OrderBy(attack => attack.Eps).ToList();
            var rows = Rows(table, wanted).Where(row => at.Exists(attack => row.Attacks[attack.Index] is not null)).ToList();
            var first = curve.First();
            foreach (var panel in Panel.Of(table, rows, wanted, "eps", MostLines))
            {
                var lines = panel.Lines.SelectMany(line => line.Rows.Select(row => new PlotLine(line.Label, [Curve(row, at, wanted)]))).ToList();
                yield return new Plot(
                    Slug(table.Experiment, wanted.Of, "against", "eps", first.Adversary ?? first.Attack, panel.Suffix),
                    $"{wanted.Of.Replace('_', ' ')} against ε · {first.Adversary}{panel.Suffix}", Note(table, wanted, first with { Threat = AttackLabels.Norm(first.Norm) }),
                    new PlotAxis($"ε ({AttackLabels.Norm(first.Norm)}, {AttackLabels.Space(first.EpsSpace)})"), YAxis(table, wanted.Of, lines), lines);
            }
        }
    }

    private static List<PlotPoint> Curve(ResultsRow row, List<(double Eps, int Index)> at, ShowPlot wanted)
    {
        Spread? clean = wanted.Of == RowValues.Robust ? row.Clean : new Spread(1, null, 1);
        var points = at.Select(attack => (attack.Eps, Spread: RowValues.Of(row, wanted.Of, attack.Index))).Prepend((Eps: 0, Spread: clean));
        return [.. points.Where(point => point.Spread is not null).Select(point => Percent(point.Eps, point.Spread!, wanted))];
    }

    private static IEnumerable<ResultsRow> Rows(ResultsTable table, ShowPlot wanted) => table.Rows.Where(row => wanted.Where is null || wanted.Where.All(axis =>
        row.Point.TryGetValue(axis.Key, out string? label) && axis.Value.Any(word => label == word || label.StartsWith($"{word}/", StringComparison.Ordinal))));

    private static PlotPoint Point(ResultsTable table, ResultsRow row, ShowPlot wanted, int attack)
    {
        var spread = RowValues.Of(row, wanted.Of, attack)!;
        return RowValues.IsFraction(table, wanted.Of) ? Percent(0, spread, wanted) : new PlotPoint(0, spread.Mean, Band(spread, wanted));
    }

    private static PlotPoint Percent(double x, Spread spread, ShowPlot wanted) => new(x, 100 * spread.Mean, 100 * Band(spread, wanted));

    private static double? Band(Spread spread, ShowPlot wanted) => wanted.Band == "none" ? null : spread.Deviation;

    private static PlotAxis YAxis(ResultsTable table, string of, List<PlotLine> lines)
    {
        var values = lines.SelectMany(line => line.Stretches).SelectMany(stretch => stretch).Select(point => point.Y).ToList();
        return new PlotAxis(RowValues.Label(table, of), Logarithmic: !RowValues.IsFraction(table, of) && Along.WideRange(values));
    }

    private static string Note(ResultsTable table, ShowPlot wanted, AttackColumn? attack)
    {
        int seeds = table.Rows.Max(row => row.Seeds.Count);
        string over = seeds == 1 ? "1 seed" : wanted.Band == "none" ? $"mean over {seeds} seeds" : $"mean ± std over {seeds} seeds";
        string threat = attack is null ? "" : $"{attack.Threat} in {AttackLabels.Space(attack.EpsSpace)}{(attack.Clip ? "" : ", unclipped")}, {attack.Examples} examples · ";
        return $"{table.Experiment}{(table.Scale is null ? "" : $" ({table.Scale})")} · {threat}{over} · position {table.Position}";
    }

    private static string Slug(params string[] parts) => string.Join('-', parts.SelectMany(part => part.ToLowerInvariant().Replace("∞", "inf", StringComparison.Ordinal)
        .Split([.. part.ToLowerInvariant().Where(c => !char.IsAsciiLetterOrDigit(c)).Distinct()], StringSplitOptions.RemoveEmptyEntries)));
}
