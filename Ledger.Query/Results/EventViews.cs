using System.Text.RegularExpressions;
using Ledger.Domain.Store;

namespace Ledger.Query.Results;

/// <summary>
/// One SQL view per kind of event, unifying the wire versions of that kind. <c>events.run_planned</c> gives every plan, however
/// old the tool that wrote it, in the newest version's shape: position, recorded_at, stream, id (the stream's ULID), version, data.
/// <c>events.positions</c> gives all events without their payload, with their kind, fast by range of positions;
/// <c>events.streamed</c> the same, fast by stream.
/// </summary>
public static partial class EventViews
{
    private static readonly Dictionary<string, string> Whole = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["positions"] = """
            (select l.position, l.recorded_at, l.stream, split_part(l.stream, '/', 2) as id, l.version,
                    split_part(l.type, '.', 2) as kind, l.type, l.event_id
             from ledger_log.log l)
            """,
        // Marten's table has the index on streams, ours the one on positions.
        ["streamed"] = """
            (select l.position, l.recorded_at, e.stream_id as stream, split_part(e.stream_id, '/', 2) as id, l.version,
                    split_part(l.type, '.', 2) as kind, l.type, l.event_id
             from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id)
            """,
    };

    /// <summary>View → wire names with the expression that brings each one's payload to the newest shape.</summary>
    private static readonly Dictionary<string, IReadOnlyList<(string WireName, string Data)>> Kinds =
        EventNames.All.Values.ToDictionary(
            wireName => string.Join('_', wireName.Split('.')[..2]),
            wireName => (IReadOnlyList<(string, string)>)[(wireName, "e.data")],
            StringComparer.Ordinal);

    /// <summary>Every wire name that some view reads.</summary>
    public static IReadOnlyList<string> WireNames { get; } = [.. Kinds.Values.SelectMany(kind => kind.Select(version => version.WireName))];

    /// <summary>The text with every <c>events.kind</c> replaced by the SELECT it stands for.</summary>
    /// <exception cref="FormatException">No such kind.</exception>
    public static string WrittenOut(string sql) => Reference().Replace(sql, match => Select(match.Groups["kind"].Value));

    private static string Select(string kind) => Whole.TryGetValue(kind, out string? whole)
        ? whole
        : Kinds.TryGetValue(kind, out var versions)
            ? $"({string.Join(" union all ", versions.Select(version => Select(version.WireName, version.Data)))})"
            : throw new FormatException($"There is no kind of event '{kind}'.");

    private static string Select(string wireName, string data) => $"""
        select l.position, l.recorded_at, e.stream_id as stream, split_part(e.stream_id, '/', 2) as id, l.version, {data} as data
        from ledger_log.log l join ledger.mt_events e on e.seq_id = l.seq_id where l.type = '{wireName}'
        """;

    [GeneratedRegex(@"\bevents\.(?<kind>[a-z_]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
