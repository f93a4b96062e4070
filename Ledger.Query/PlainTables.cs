using Spectre.Console;

namespace Ledger.Query;

/// <summary>
/// Tables without lines: two spaces between columns, numbers to the right. Where the terminal is too narrow, the widest column of
/// text is cut with an ellipsis; numbers never are: what still does not fit stands below, beside the first columns again. Those say
/// what a row is, and are cut only where they take more than three fifths of a line.
/// </summary>
public static class PlainTables
{
    private const int Narrowest = 8;
    private const string Gap = "  ";

    /// <param name="columns">A heading that begins with <c>&gt;</c> makes its column stand to the right, and is never cut.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.ToList();
        string[] headings = [.. columns.Select(heading => heading.TrimStart('>'))];
        bool[] right = [.. columns.Select(heading => heading.StartsWith('>'))];
        int[] widths = Widths(headings, right, all, console.Profile.Width);
        foreach (var (part, shown) in Parts(right, widths, console.Profile.Width).Index())
        {
            if (part > 0)
                console.WriteLine();
            console.Write(new Text(Line(headings, right, widths, shown) + "\n", new Style(decoration: Decoration.Bold)) { Overflow = Overflow.Ellipsis });
            foreach (var row in all)
                console.Write(new Text(Line(row, right, widths, shown) + "\n") { Overflow = Overflow.Fold });
        }
    }

    /// <summary>Names in one column, values in the other; those without a value are left out.</summary>
    public static void Facts(IAnsiConsole console, params IEnumerable<(string Name, string? Value)> facts)
    {
        var shown = facts.Where(fact => fact.Value is { Length: > 0 }).ToList();
        int width = shown.Count == 0 ? 0 : shown.Max(fact => fact.Name.Length);
        foreach (var (name, value) in shown)
            console.WriteLine($" {name.PadRight(width)}{Gap}{value}");
    }

    public static void Heading(IAnsiConsole console, string text) => console.Write(new Text(text + "\n", new Style(decoration: Decoration.Bold)));

    private static int[] Widths(string[] headings, bool[] right, IReadOnlyList<IReadOnlyList<string>> rows, int room)
    {
        int[] widths = [.. headings.Select((heading, i) => rows.Select(row => row[i].Length).Append(heading.Length).Max())];
        int names = right.TakeWhile(number => !number).Count();
        bool Crowded() => names == right.Length || Sum(widths.Take(names)) > room * 3 / 5;
        while (Sum(widths) > room)
        {
            int widest = Enumerable.Range(0, widths.Length).Where(i => !right[i] && (i >= names || Crowded())).OrderByDescending(i => widths[i]).FirstOrDefault(-1);
            if (widest < 0 || widths[widest] <= Narrowest)
                break;
            widths[widest]--;
        }

        return widths;
    }

    private static int Sum(IEnumerable<int> widths) => widths.Sum(width => width + Gap.Length) - Gap.Length;

    /// <summary>Which columns stand side by side. The columns of text at the beginning, which say what a row is, stand in every part.</summary>
    private static List<List<int>> Parts(bool[] right, int[] widths, int room)
    {
        int[] names = [.. Enumerable.Range(0, right.Length).TakeWhile(i => !right[i])];
        List<List<int>> parts = [[.. names]];
        foreach (int column in Enumerable.Range(names.Length, right.Length - names.Length))
        {
            if (parts[^1].Count > names.Length && Sum(parts[^1].Append(column).Select(i => widths[i])) > room)
                parts.Add([.. names]);
            parts[^1].Add(column);
        }

        return parts;
    }

    private static string Line(IReadOnlyList<string> cells, bool[] right, int[] widths, IEnumerable<int> shown) =>
        string.Join(Gap, shown.Select(i => right[i] ? cells[i].PadLeft(widths[i]) : Cut(cells[i], widths[i]).PadRight(widths[i]))).TrimEnd();

    private static string Cut(string text, int width) => text.Length <= width ? text : string.Concat(text.AsSpan(0, width - 1), "…");
}
