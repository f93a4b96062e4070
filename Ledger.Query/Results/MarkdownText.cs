using System.Text;

namespace Ledger.Query.Results;

/// <summary>GitHub's Markdown: what comes from people or files is shown as it is, never read as markup.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_[]<>#|~&$";

    /// <summary>Text for a cell or paragraph, on one line.</summary>
    public static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text.ReplaceLineEndings(" "))
            (Special.Contains(c) ? escaped.Append('\\') : escaped).Append(c);
        return escaped.ToString();
    }

    /// <summary>A name as code, in which nothing is markup; a backtick cannot stand there.</summary>
    public static string Code(string text) => text.Length == 0 ? "" : $"`{text.ReplaceLineEndings(" ").Replace('`', '\'').Replace("|", "\\|", StringComparison.Ordinal)}`";

    /// <param name="headings">One that begins with <c>&gt;</c> makes its column stand to the right.</param>
    /// <param name="rows">Cells as they shall stand, escaped by who knows what they are; only a bar is seen to here.</param>
    public static void Table(StringBuilder text, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        Row(text, headings.Select(heading => heading.TrimStart('>')));
        Row(text, headings.Select(heading => heading.StartsWith('>') ? "---:" : "---"));
        foreach (var row in rows)
            Row(text, row);
        text.Append('\n');
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
