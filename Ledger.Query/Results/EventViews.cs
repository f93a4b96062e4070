using System.Text.RegularExpressions;
using Ledger.Domain.Store;

namespace Ledger.Query.Results;

/// <summary>
/// One SQL view per kind of event, unifying the wire versions of that kind. <c>events.run_planned</c> gives every plan, however
/// old the tool that wrote it, in the newest version's shape: position, recorded_at, stream, id (the ULID in the stream's name), version, kind, data.
/// <c>events.completions</c> and the like give several kinds in one pass. <c>events.positions</c> gives all events without their
/// payload, fast by range of positions; <c>events.streamed</c> the same, fast by stream.
/// </summary>
public static partial class EventViews
{
    private const string Positions = """
        (select l.position, l.recorded_at, l.stream, split_part(split_part(l.stream, '/', 2), '@', 1) as id, l.version, split_part(l.type, '.', 2) as kind
         from ledger_log.log l)
        """;

    // Marten's table has the index on streams, ours the one on positions.
    private const string Streamed = """
        (select l.position, l.recorded_at, e.stream_id as stream, split_part(split_part(e.stream_id, '/', 2), '@', 1) as id, l.version, split_part(l.type, '.', 2) as kind
         from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id)
        """;

    /// <summary>Wire name → its view, and the expression that brings the payload to the newest shape.</summary>
    private static readonly IReadOnlyList<(string WireName, string View, string Data)> Kinds =
        [.. EventNames.All.Values.Select(wireName => (wireName, string.Join('_', wireName.Split('.')[..2]), "e.data"))];

    private static readonly Dictionary<string, string[]> Groups = new(StringComparer.Ordinal)
    {
        ["completions"] = ["run_training_completed", "run_compression_completed", "run_attack_completed", "run_measurement_completed"],
        ["measured"] = ["run_attack_completed", "run_measurement_completed"],
        ["step_changes"] =
        [
            "run_step_started", "run_training_completed", "run_compression_completed", "run_attack_completed", "run_measurement_completed",
            "run_step_reused", "run_step_failed",
        ],
        ["specifications"] = ["experiment_registered", "experiment_amended", "experiment_withdrawn"],
        ["remarks"] =
        [
            "review_annotated", "review_retracted", "review_superseded", "review_artifact_released", "review_cancel_asked", "review_pause_asked",
        ],
    };

    /// <summary>Every wire name that some view reads.</summary>
    public static IReadOnlyList<string> WireNames { get; } = [.. Kinds.Select(kind => kind.WireName)];

    /// <summary>The text with every <c>events.kind</c> replaced by the SELECT it stands for.</summary>
    /// <param name="whole">For a SELECT over all positions, where an index on streams is of no use.</param>
    /// <exception cref="FormatException">No such kind.</exception>
    public static string WrittenOut(string sql, bool whole = false) => Reference().Replace(sql, match => match.Groups["kind"].Value switch
    {
        "positions" => Positions,
        "streamed" => whole ? Positions : Streamed,
        var view => Select(view),
    });

    private static string Select(string view)
    {
        string[] views = Groups.GetValueOrDefault(view) ?? [view];
        var kinds = Kinds.Where(kind => views.Contains(kind.View, StringComparer.Ordinal)).ToList();
        if (kinds.Count == 0)
            throw new FormatException($"There is no kind of event '{view}'.");
        string names = string.Join(", ", kinds.Select(kind => $"'{kind.WireName}'"));
        return $"""
            (select l.position, l.recorded_at, e.stream_id as stream, split_part(split_part(e.stream_id, '/', 2), '@', 1) as id, l.version,
                    split_part(l.type, '.', 2) as kind, {Data(kinds)} as data
             from ledger_log.log l join ledger.mt_events e on e.seq_id = l.seq_id where l.type in ({names}))
            """;
    }

    private static string Data(List<(string WireName, string View, string Data)> kinds)
    {
        var older = kinds.Where(kind => kind.Data != "e.data").Select(kind => $"when '{kind.WireName}' then {kind.Data}").ToList();
        return older.Count == 0 ? "e.data" : $"case l.type {string.Join(' ', older)} else e.data end";
    }

    [GeneratedRegex(@"\bevents\.(?<kind>[a-z_]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
