using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>Finds streams by what people type. Straight over the events, so it needs no positions and no results tables.</summary>
public static class ReadLedger
{
    /// <summary>The ULID of the experiment registered last under this slug, whatever the clocks said; null when there is none.</summary>
    public static async Task<string?> BySlug(NpgsqlDataSource source, string slug, CancellationToken stop)
    {
        await using var command = source.CreateCommand(
            """
            select split_part(s.id, '/', 2) from ledger.mt_streams s join ledger.mt_events e on e.stream_id = s.id and e.version = 1
            where s.id like 'experiment/%' and e.data->>'slug' = $1 order by e.seq_id desc limit 1
            """);
        command.Parameters.Add(new() { Value = slug });
        return (string?)await command.ExecuteScalarAsync(stop);
    }
}
