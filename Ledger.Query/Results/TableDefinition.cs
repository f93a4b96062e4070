using System.Text;
using System.Text.RegularExpressions;
using Ledger.Domain.Evidence;

namespace Ledger.Query.Results;

/// <summary>How a results table follows from the ledger.</summary>
public enum TableKind
{
    /// <summary>Rows are a pure function of one event each; a fold appends.</summary>
    Fact,

    /// <summary>The range selects the streams it touches, each folded whole up to the range's end; a fold replaces by key.</summary>
    State,

    /// <summary>A view over other tables, for whatever lies across streams.</summary>
    View,
}

/// <summary>What a column is good for in comparisons: see DESIGN.md.</summary>
public enum ColumnClass
{
    /// <summary>Bits depend on configuration and environment class only.</summary>
    Computed,

    /// <summary>Times and memory: never the same twice, never part of a verdict.</summary>
    Observed,

    /// <summary>Ids, times of recording, positions.</summary>
    Identity,
}

/// <param name="Type">SQL type.</param>
/// <param name="Unit">fraction, count, bytes, ms …; empty where a unit makes no sense.</param>
/// <param name="About">One sentence.</param>
public sealed record Column(string Name, string Type, string Unit, ColumnClass Class, string About);

/// <summary>
/// A results table as its file in this folder defines it: header comments, then one SELECT over the positions
/// <c>(:from, :to]</c>. The SELECT reads <c>events.*</c> (one view per kind of event) or, in a view, <c>results.*</c>.
/// </summary>
/// <param name="Indexes">Column lists, besides the key.</param>
/// <param name="Sql">The SELECT, with <c>events.*</c> still to be expanded.</param>
/// <param name="Digest">SHA-256 of <paramref name="Text"/>: any change of meaning changes it.</param>
/// <param name="Text">The file with the event views it reads written out.</param>
public sealed partial record TableDefinition(
    string Name, TableKind Kind, IReadOnlyList<string> Key, IReadOnlyList<string> Indexes, string About,
    IReadOnlyList<Column> Columns, string Sql, string Digest, string Text)
{
    /// <summary>Reads a definition file.</summary>
    /// <exception cref="FormatException">The header is incomplete.</exception>
    public static TableDefinition Parse(string text)
    {
        var header = text.Split('\n').TakeWhile(line => line.StartsWith("-- ", StringComparison.Ordinal)).Select(line => line[3..].Trim()).ToList();
        var tags = header.Where(line => !line.Contains('|')).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).ToLookup(pair => pair[0], pair => pair[^1]);
        var columns = header.Where(line => line.Contains('|')).Select(ParseColumn).ToList();
        string written = EventViews.WrittenOut(text);
        string sql = string.Join('\n', text.Split('\n').Skip(header.Count)).Trim();
        return new TableDefinition(
            One(tags, "table"),
            Enum.Parse<TableKind>(One(tags, "kind"), ignoreCase: true),
            One(tags, "key").Split(',', StringSplitOptions.TrimEntries),
            [.. tags["index"]],
            One(tags, "about"),
            columns,
            sql,
            ContentHash.Of(Encoding.UTF8.GetBytes(written)).ToString(),
            written);
    }

    /// <summary>The tables and views this definition reads.</summary>
    public IReadOnlyList<string> Reads() =>
        [.. References().Matches(Sql).Select(match => match.Groups["table"].Value).Distinct(StringComparer.Ordinal)];

    /// <summary>The SELECT over one range of positions, reading nothing but the store's own tables (and, for a view, other results).</summary>
    public string Over(long from, long to) =>
        Range().Replace(EventViews.WrittenOut(Sql, whole: from == 0), match => (match.Groups["end"].Value == "from" ? from : to).ToString());

    [GeneratedRegex(@"\bresults\.(?<table>\w+)", RegexOptions.ExplicitCapture)]
    internal static partial Regex References();

    [GeneratedRegex(@"(?<!:):(?<end>from|to)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Range();

    private static string One(ILookup<string, string> tags, string tag) =>
        tags[tag].SingleOrDefault() ?? throw new FormatException($"A table definition has no line '-- {tag}: …'.");

    private static Column ParseColumn(string line)
    {
        string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
        return parts.Length == 5
            ? new Column(parts[0], parts[1], parts[2], Enum.Parse<ColumnClass>(parts[3], ignoreCase: true), parts[4])
            : throw new FormatException($"'{line}' is not a column: expected name | type | unit | class | sentence.");
    }
}
