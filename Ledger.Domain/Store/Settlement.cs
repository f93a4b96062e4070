using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>
/// What a failed save came to, read back from the stream. An error on the way to a commit does not say whether it
/// happened; the events' ids, derived from the command, do.
/// </summary>
/// <param name="Version">The stream's version now; 0 when there is none.</param>
/// <param name="Own">Version and canonical bytes of those of our event ids that are there, by id.</param>
/// <param name="Next">Who appended the event after the expected version; null when nobody has.</param>
internal sealed record Settlement(long Version, IReadOnlyDictionary<Guid, (long Version, byte[] Data)> Own, Actor? Next)
{
    /// <summary>Stands for metadata that an event does not have, having been written by another program.</summary>
    public const string Unknown = "unknown";

    /// <summary>The batch when it is there; null when it is not, and may be tried again.</summary>
    /// <exception cref="Refused">The command id was used for something else.</exception>
    /// <exception cref="Fenced">Somebody else appended instead.</exception>
    public AppendedBatch? Settle(Batch batch)
    {
        if (Own.Count == batch.Ids.Count && batch.Ids.Zip(batch.Bytes).All(e => Own[e.First].Data.AsSpan().SequenceEqual(e.Second)))
            return new AppendedBatch(batch.Stream, Own[batch.Ids[^1]].Version, batch.Ids, AlreadyThere: true);
        if (Own.Count > 0)
            throw Reused(batch);
        return batch.Expected is { } version && version != Version ? throw new Fenced(batch.Stream, version, Version, Next) : null;
    }

    public static async Task<Settlement> Read(NpgsqlDataSource source, Batch batch, CancellationToken stop)
    {
        await using var command = source.CreateCommand(
            """
            select s.version, e.id, e.version, e.data::text, e.correlation_id, e.causation_id, e.user_name,
                   e.headers->>'machine', e.headers->>'tool'
            from ledger.mt_streams s
            left join ledger.mt_events e on e.stream_id = s.id and (e.id = any($2) or e.version = $3)
            where s.id = $1
            """);
        command.Parameters.Add(new() { Value = batch.Stream });
        command.Parameters.Add(new() { Value = batch.Ids.ToArray() });
        command.Parameters.Add(new() { Value = (batch.Expected ?? -1) + 1 });
        await using var row = await command.ExecuteReaderAsync(stop);
        var own = new Dictionary<Guid, (long, byte[])>();
        long version = 0;
        Actor? next = null;
        while (await row.ReadAsync(stop))
        {
            version = row.GetInt64(0);
            if (row.IsDBNull(1))
                continue;
            if (batch.Ids.Contains(row.GetGuid(1)))
                own.Add(row.GetGuid(1), (row.GetInt64(2), Payload.FromStored(row.GetString(3))));
            else
                next = new Actor(Text(row, 4), Text(row, 5), Text(row, 6), Text(row, 7), Text(row, 8));
        }

        return new Settlement(version, own, next);
    }

    private static string Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? Unknown : row.GetString(column);

    private static Refused Reused(Batch batch) => new(
        "command-reused",
        $"A command with the same id has already appended something else to {batch.Stream}. Nothing was written; use a new command id.",
        ("stream", batch.Stream),
        ("events", string.Join(", ", batch.Ids)));
}
