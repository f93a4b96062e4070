using System.Text;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>The tables: the experiment's own, curves over the radius, every other recorded metric, each seed with its interval.</summary>
internal static class ResultsSection
{
    private const int MostColumns = 8, MostLines = 120;

    public static void Write(StringBuilder text, ExperimentReport study)
    {
        var table = study.Results;
        text.Append("### Results\n\n");
        if (table.Rows.Count == 0)
        {
            text.Append($"No results at position {table.Position}.\n\n");
            return;
        }

        var columns = ResultsColumns.Of(table, everyAttack: true);
        text.Append(MarkdownText.Escaped(ResultsConsole.Title(table))).Append("\n\n");
        ResultsFiles.Table(text, table, columns);
        foreach (string note in ResultsNotes.Of(table, wide: true))
            text.Append(MarkdownText.Escaped(note)).Append("  \n");
        text.Append('\n');
        foreach (var curve in ResultsColumns.Curves(table))
            Curve(text, table, [.. curve.OrderBy(attack => attack.Eps)]);
        Others(text, table);
        Corrupted(text, study);
        EachSeed(text, table);
    }

    private static void Curve(StringBuilder text, ResultsTable table, IReadOnlyList<AttackColumn> curve)
    {
        int[] at = [.. curve.Select(attack => table.Attacks.Index().First(column => column.Item == attack).Index)];
        var place = ResultsColumns.Rows(table);
        text.Append($"**Robust accuracy of {MarkdownText.Escaped(curve[0].Adversary ?? curve[0].Attack)} by ε** ({AttackLabels.Norm(curve[0].Norm)} in {AttackLabels.Space(curve[0].EpsSpace)}, ");
        text.Append($"{curve[0].Examples} examples, position {table.Position})\n\n");
        MarkdownText.Table(
            text, [.. place.Select(column => MarkdownText.Escaped(column.Heading)), ">0", .. curve.Select(attack => $">{MarkdownText.Escaped(attack.EpsAsWritten)}")],
            table.Rows.Where(row => at.Any(i => row.Attacks[i] is not null)).Select(row => (string[])
            [
                .. place.Select(column => MarkdownText.Escaped(column.Cell(row))), Numbers.Percent(row.Clean?.Mean, row.Clean?.Deviation),
                .. at.Select(i => Numbers.Percent(row.Attacks[i]?.Mean, row.Attacks[i]?.Deviation)),
            ]));
    }

    /// <summary>Metrics of whole networks and of attacks that the table does not show.</summary>
    private static void Others(StringBuilder text, ResultsTable table)
    {
        string[] shown = [.. ResultsColumns.Recorded, .. ResultsColumns.Of(table).Select(column => column.Heading.TrimStart('>').Replace(" %", "", StringComparison.Ordinal))];
        var place = ResultsColumns.Rows(table);
        foreach (string[] names in table.Metrics.Keys.Except(shown, StringComparer.Ordinal).Chunk(MostColumns))
        {
            text.Append($"**Also measured** (mean ± std over seeds, fractions in percent, position {table.Position})\n\n");
            MarkdownText.Table(
                text,
                [.. place.Select(column => MarkdownText.Escaped(column.Heading)), .. names.Select(name => $">{MarkdownText.Escaped(name)}{Unit(table.Metrics[name])}")],
                table.Rows.Where(row => names.Any(row.Values.ContainsKey)).Select(row => (string[])
                [
                    .. place.Select(column => MarkdownText.Escaped(column.Cell(row))), .. names.Select(name => ResultsColumns.Text(row.Values.GetValueOrDefault(name), table.Metrics[name])),
                ]));
        }
    }

    /// <summary>Accuracy on corrupted examples, of each corruption the mean over its severities.</summary>
    private static void Corrupted(StringBuilder text, ExperimentReport study)
    {
        var rows = study.Measured.Where(row => row is { Metric: "corruption_accuracy", Layer: not null, Value: not null }).ToList();
        string[] corruptions = [.. rows.Select(row => row.Layer!.Split('/')[0]).Distinct(StringComparer.Ordinal)];
        if (rows.Count == 0)
            return;
        text.Append($"**Accuracy on corrupted examples** (mean over severities, ± std over seeds, position {study.Results.Position})\n\n");
        MarkdownText.Table(
            text, ["point", "network", .. corruptions.Select(corruption => $">{MarkdownText.Escaped(corruption)}")],
            rows.GroupBy(row => (ExcludedSection.At(row.Point), row.ModelStep)).Select(network => (string[])
            [
                MarkdownText.Escaped(network.Key.Item1), MarkdownText.Escaped(network.Key.ModelStep),
                .. corruptions.Select(corruption => ResultsColumns.Text(
                    Spread.Of(network.Where(row => row.Layer!.Split('/')[0] == corruption).GroupBy(row => row.Run, StringComparer.Ordinal).Select(run => (double?)run.Average(row => row.Value!.Value))), "fraction")),
            ]));
    }

    private static string Unit(string unit) => unit switch { "" or "count" or "bytes" or "ratio" => "", "fraction" => " %", _ => $" {MarkdownText.Escaped(unit)}" };

    private static void EachSeed(StringBuilder text, ResultsTable table)
    {
        var results = table.Rows.SelectMany(row => row.EachSeed.SelectMany(seed => seed.Attacks.OfType<RobustnessRow>().Select(attack => (Row: row, Seed: seed, Attack: attack)))).ToList();
        if (results.Count is 0 or > MostLines)
        {
            text.Append(results.Count == 0 ? "" : $"Each of the {results.Count} results with its 95 % interval (Wilson): `ledger results {table.Experiment} --as-of {table.Position} --wide`, or the CSV beside the plots.\n\n");
            return;
        }

        var place = ResultsColumns.Rows(table);
        text.Append($"<details><summary>Each seed, with 95 % intervals (Wilson)</summary>\n\nPosition {table.Position}.\n\n");
        MarkdownText.Table(
            text, [.. place.Select(column => MarkdownText.Escaped(column.Heading)), ">seed", "run", "attack", ">clean", ">robust", ">interval", ">n"],
            results.Select(result => (string[])
            [
                .. place.Select(column => MarkdownText.Escaped(column.Cell(result.Row))), $"{result.Seed.Seed}", MarkdownText.Code(result.Seed.Run),
                MarkdownText.Escaped($"{result.Attack.Label} {result.Attack.EpsAsWritten}"), Numbers.Percent(result.Attack.CleanAccuracy, null), Numbers.Percent(result.Attack.RobustAccuracy, null),
                $"{100 * result.Attack.RobustLow:0.0} – {100 * result.Attack.RobustHigh:0.0}", $"{result.Attack.Examples}",
            ]));
        text.Append("</details>\n\n");
    }
}
