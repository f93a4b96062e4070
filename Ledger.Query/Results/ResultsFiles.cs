using System.Text;
using System.Text.Json;

namespace Ledger.Query.Results;

/// <summary>A results table as text for other programs and for pages.</summary>
internal static class ResultsFiles
{
    /// <summary>The pivoted table in GitHub's Markdown, notes below it.</summary>
    public static string Markdown(ResultsTable table)
    {
        var text = new StringBuilder();
        text.Append("**").Append(MarkdownText.Escaped(ResultsConsole.Title(table))).Append("**\n\n");
        Table(text, table, ResultsColumns.Of(table));
        foreach (string note in ResultsNotes.Of(table))
            text.Append(note).Append("  \n");
        return text.ToString().TrimEnd();
    }

    /// <summary>One line for each run and attack (RFC 4180), columns named as in <c>results.robustness</c>, one column per axis in front.</summary>
    public static string Csv(ResultsTable table)
    {
        var text = new StringBuilder();
        var results = table.Rows.SelectMany(row => row.EachSeed).SelectMany(seed => seed.Attacks).OfType<RobustnessRow>()
            .Select(row => (row.Point, Values: JsonSerializer.SerializeToElement(row, Edge.Json))).ToList();
        string[] names = [.. typeof(RobustnessRow).GetConstructors()[0].GetParameters().Select(parameter => Edge.Json.PropertyNamingPolicy!.ConvertName(parameter.Name!)).Where(name => name != "point")];
        Line(text, [.. table.Axes, .. names]);
        foreach (var (point, values) in results)
            Line(text, [.. table.Axes.Select(axis => point.TryGetValue(axis, out string? label) ? label : ""), .. names.Select(name => Plain(values.GetProperty(name)))]);
        return text.ToString().TrimEnd();
    }

    /// <summary>The rows in these columns, in Markdown.</summary>
    internal static void Table(StringBuilder text, ResultsTable table, IReadOnlyList<ShownColumn> columns) => MarkdownText.Table(
        text, [.. columns.Select(column => Heading(column.Heading))], table.Rows.Select(row => columns.Select(column => MarkdownText.Escaped(column.Cell(row))).ToArray()));

    private static string Heading(string heading) => heading.StartsWith('>') ? $">{MarkdownText.Escaped(heading[1..])}" : MarkdownText.Escaped(heading);

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => JsonSerializer.Serialize(value),
    };

    private static void Line(StringBuilder text, IEnumerable<string> cells) => text.AppendJoin(',', cells.Select(Quoted)).Append("\r\n");

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
