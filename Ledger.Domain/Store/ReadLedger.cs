using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>A run as its plan names it.</summary>
/// <param name="Run">ULID.</param>
/// <param name="Version">Events in its stream now.</param>
public sealed record RunEntry(string Run, int Number, string? ReplayOf, long Version);

/// <summary>Finds streams by what people type. Straight over the events, so it needs no positions and no results tables.</summary>
public static class ReadLedger
{
    private const int Listed = 10;

    /// <summary>The ULID of the experiment with this slug (the latest one, where a withdrawn one had it before) or this unique prefix of an id.</summary>
    /// <exception cref="Refused"><c>not-found</c> or <c>ambiguous</c>.</exception>
    public static async Task<string> Experiment(NpgsqlDataSource source, string slugOrPrefix, CancellationToken stop) =>
        await BySlug(source, slugOrPrefix, stop) ?? await ByPrefix(source, "experiment", slugOrPrefix, stop);

    /// <summary>The ULID of the latest experiment registered under this slug; null when there is none.</summary>
    public static async Task<string?> BySlug(NpgsqlDataSource source, string slug, CancellationToken stop) =>
        (await Ids(
            source,
            """
            select s.id from ledger.mt_streams s join ledger.mt_events e on e.stream_id = s.id and e.version = 1
            where s.id like 'experiment/%' and e.data->>'slug' = $1 order by s.id collate "C" desc limit 1
            """,
            slug,
            stop)).SingleOrDefault();

    /// <summary>The run's ULID.</summary>
    /// <exception cref="Refused"><c>not-found</c> or <c>ambiguous</c>.</exception>
    public static Task<string> Run(NpgsqlDataSource source, string prefix, CancellationToken stop) => ByPrefix(source, "run", prefix, stop);

    /// <summary>In the order in which they were planned.</summary>
    public static async Task<IReadOnlyList<RunEntry>> Runs(NpgsqlDataSource source, string experiment, CancellationToken stop)
    {
        await using var command = source.CreateCommand(
            """
            select split_part(s.id, '/', 2), (e.data->>'number')::integer, e.data->>'replayOf', s.version
            from ledger.mt_streams s join ledger.mt_events e on e.stream_id = s.id and e.version = 1
            where s.id like 'run/%' and e.data->>'experiment' = $1 order by e.seq_id
            """);
        command.Parameters.Add(new() { Value = experiment });
        await using var row = await command.ExecuteReaderAsync(stop);
        var runs = new List<RunEntry>();
        while (await row.ReadAsync(stop))
            runs.Add(new(row.GetString(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetInt64(3)));
        return runs;
    }

    private static async Task<string> ByPrefix(NpgsqlDataSource source, string kind, string prefix, CancellationToken stop)
    {
        // starts_with, not LIKE: what a person typed may hold a wildcard.
        var found = await Ids(
            source,
            $"""select id from ledger.mt_streams where starts_with(id, '{kind}/' || upper($1)) order by id collate "C" limit {Listed + 1}""",
            prefix,
            stop);
        return found switch
        {
            [var only] => only,
            [] => throw new Refused("not-found", $"There is no {kind} {prefix}.", (kind, prefix)),
            _ => throw Ambiguous(kind, prefix, found),
        };
    }

    private static Refused Ambiguous(string kind, string prefix, List<string> found)
    {
        string more = found.Count > Listed ? ", …" : "";
        string candidates = string.Join(", ", found.Take(Listed));
        return new("ambiguous", $"{prefix} is the beginning of several {kind} ids: {candidates}{more}. Give more of it.", (kind, prefix), ("candidates", candidates));
    }

    private static async Task<List<string>> Ids(NpgsqlDataSource source, string sql, string value, CancellationToken stop)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await using var row = await command.ExecuteReaderAsync(stop);
        var ids = new List<string>();
        while (await row.ReadAsync(stop))
            ids.Add(row.GetString(0)[(row.GetString(0).IndexOf('/') + 1)..]);
        return ids;
    }
}
