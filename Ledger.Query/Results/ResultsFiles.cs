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
        Csv(text, table.Axes, [.. table.Rows.SelectMany(row => row.EachSeed).SelectMany(seed => seed.Attacks).OfType<RobustnessRow>()], row => row.Point);
        return text.ToString().TrimEnd();
    }

    /// <summary>Records as lines, their members as columns named as in the tables; the point as a column for each axis, in front.</summary>
    internal static void Csv<T>(StringBuilder text, IReadOnlyList<string> axes, IReadOnlyList<T> rows, Func<T, IReadOnlyDictionary<string, string>> point)
    {
        string[] names = [.. typeof(T).GetConstructors()[0].GetParameters().Select(parameter => Edge.Json.PropertyNamingPolicy!.ConvertName(parameter.Name!)).Where(name => name != "point")];
        Line(text, [.. axes, .. names]);
        foreach (var row in rows)
        {
            var values = JsonSerializer.SerializeToElement(row, Edge.Json);
            Line(text, [.. axes.Select(axis => point(row).GetValueOrDefault(axis, "")), .. names.Select(name => Plain(values.GetProperty(name)))]);
        }
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
