using Ledger.Domain.Runs;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>Finds streams by what people type. Straight over the events, so it needs no positions and no results tables.</summary>
public static class ReadLedger
{
    /// <summary>The ULID of the ledger that a stream was imported from; null when it is this ledger's own, or there is none.</summary>
    public static async Task<string?> ImportedFrom(NpgsqlDataSource source, string stream, CancellationToken stop)
    {
        await using var command = source.CreateCommand(
            """
            select i.origin from ledger.mt_events e join ledger_log.imported_log i on i.event_id = e.id and not i.began_here
            where e.stream_id = $1 and e.version = 1 order by i.recorded_at limit 1
            """);
        command.Parameters.Add(new() { Value = stream });
        return (string?)await command.ExecuteScalarAsync(stop);
    }

    /// <summary>Only the ledger that began a stream goes on with it.</summary>
    /// <param name="doing">For the message, after "to".</param>
    /// <exception cref="Refused"><c>imported</c>.</exception>
    public static async Task MustBeOwn(NpgsqlDataSource source, string stream, string doing, CancellationToken stop)
    {
        if (await ImportedFrom(source, stream, stop) is { } origin)
            throw new Refused("imported", $"{stream} was imported from ledger {origin}; {doing} is for that ledger", ("stream", stream), ("origin", origin));
    }

    /// <summary>All streams in which something is said about a run.</summary>
    public static async Task<IReadOnlyList<string>> ReviewsOf(NpgsqlDataSource source, string run, CancellationToken stop)
    {
        await using var command = source.CreateCommand("select id from ledger.mt_streams where id = $1 or starts_with(id, $1 || '@') order by id");
        command.Parameters.Add(new() { Value = ReviewState.StreamOf(run, null) });
        await using var row = await command.ExecuteReaderAsync(stop);
        var streams = new List<string>();
        while (await row.ReadAsync(stop))
            streams.Add(row.GetString(0));
        return streams;
    }

    /// <summary>The ULID of the experiment of this ledger registered last under this slug, whatever the clocks said; null when there is none.</summary>
    public static async Task<string?> BySlug(NpgsqlDataSource source, string slug, CancellationToken stop)
    {
        await using var command = source.CreateCommand(
            """
            select split_part(s.id, '/', 2) from ledger.mt_streams s join ledger.mt_events e on e.stream_id = s.id and e.version = 1
            where s.id like 'experiment/%' and e.data->>'slug' = $1 and not exists (select from ledger_log.imported_log i where i.event_id = e.id and not i.began_here)
            order by e.seq_id desc limit 1
            """);
        command.Parameters.Add(new() { Value = slug });
        return (string?)await command.ExecuteScalarAsync(stop);
    }
}
