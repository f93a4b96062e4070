using System.Text;

namespace Ledger.Query.Results;

/// <summary>A results table for a paper: LaTeX with the package booktabs, the notes as comments below it.</summary>
internal static class LatexTable
{
    public static string Of(ResultsTable table)
    {
        var columns = ResultsColumns.Of(table);
        var text = new StringBuilder();
        text.Append($"% {table.Experiment}, position {table.Position}: ledger results {table.Experiment} --as-of {table.Position} --format latex\n");
        text.Append($"\\begin{{tabular}}{{{string.Concat(columns.Select(column => column.Heading.StartsWith('>') ? 'r' : 'l'))}}}\n\\toprule\n");
        Row(text, columns.Select(column => column.Heading.TrimStart('>')));
        text.Append("\\midrule\n");
        foreach (var row in table.Rows)
            Row(text, columns.Select(column => column.Cell(row)));
        text.Append("\\bottomrule\n\\end{tabular}\n");
        text.Append($"% {(table.Rows.Count == 0 ? "no results yet" : ResultsConsole.Title(table))}\n");
        foreach (string note in ResultsNotes.Of(table))
            text.Append($"% {note}\n");
        return text.ToString().TrimEnd();
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.AppendJoin(" & ", cells.Select(Escaped)).Append(" \\\\\n");

    internal static string Escaped(string cell) => string.Concat(cell.Select(c => c switch
    {
        '\\' => "\\textbackslash{}",
        '~' => "\\textasciitilde{}",
        '^' => "\\textasciicircum{}",
        '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{c}",
        '±' => "$\\pm$",
        '∞' => "$_\\infty$",
        'ε' => "$\\varepsilon$",
        '†' => "$\\dagger$",
        '–' => "--",
        _ => $"{c}",
    }));
}
