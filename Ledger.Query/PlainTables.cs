using Spectre.Console;

namespace Ledger.Query;

/// <summary>Tables without lines: two spaces between columns, numbers to the right. Text is never read as markup.</summary>
internal static class PlainTables
{
    /// <param name="columns">A heading that begins with <c>&gt;</c> makes its column stand to the right.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().NoBorder();
        foreach (string heading in columns)
        {
            bool right = heading.StartsWith('>');
            var column = new TableColumn(new Text(heading.TrimStart('>'), new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) };
            table.AddColumn(right ? column.RightAligned() : column);
        }

        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    /// <summary>Names in one column, values in the other; rows without a value are left out.</summary>
    public static void Facts(IAnsiConsole console, params IEnumerable<(string Name, string? Value)> facts)
    {
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(1, 0, 2, 0) }).AddColumn(new GridColumn { Padding = new Padding(0) });
        foreach (var (name, value) in facts.Where(fact => fact.Value is { Length: > 0 }))
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value!));
        console.Write(grid);
    }

    public static void Line(IAnsiConsole console, string text = "") => console.WriteLine(text);

    public static void Heading(IAnsiConsole console, string text) => console.Write(new Text(text + "\n", new Style(decoration: Decoration.Bold)));
}
