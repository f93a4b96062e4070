using Ledger.Domain.Evidence.Log;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>Reads events as a log's tree sees them. Needs SELECT and nothing else.</summary>
/// <param name="origin">Whose log: the ledger's own, or that of one that was imported.</param>
/// <param name="isOwn">Whether it is the ledger's own.</param>
public sealed class EntryReader(string origin, bool isOwn)
{
    // Readers come several at a time or beside writers: workers that Postgres would start for each take longer than the reading, from the others' cores.
    private const string Serial = "select set_config('max_parallel_workers_per_gather', '0', true)";

    private readonly string _select =
        $"""
        select l.position, l.recorded_at, e.stream_id, e.version, e.id, e.type, e.timestamp, e.data, e.causation_id, e.correlation_id, e.headers, e.user_name
        from {(isOwn ? "ledger_log.log l join ledger.mt_events e on e.seq_id = l.seq_id" : "ledger_log.imported_log l join ledger.mt_events e on e.id = l.event_id and l.origin = @origin")}
        """;

    /// <summary>The entries at the positions (from, to], in order. Those that are not there are left out.</summary>
    public async Task<IReadOnlyList<PositionedEntry>> Read(NpgsqlConnection connection, long from, long to, CancellationToken stop)
    {
        var entries = new List<PositionedEntry>((int)Math.Min(to - from, 65_536));
        await Each(connection, from, to, entries.Add, stop);
        return entries;
    }

    /// <summary>The same one by one: of many, none is kept.</summary>
    public Task Each(NpgsqlConnection connection, long from, long to, Action<PositionedEntry> see, CancellationToken stop) =>
        Each(connection, "l.position > @from and l.position <= @to", see, stop, new("from", from), new("to", to));

    /// <summary>The entries at these positions, in order. Those that are not there are left out.</summary>
    public async Task<IReadOnlyList<PositionedEntry>> At(NpgsqlConnection connection, IReadOnlyList<long> positions, CancellationToken stop)
    {
        var entries = new List<PositionedEntry>(positions.Count);
        await Each(connection, "l.position = any(@positions)", entries.Add, stop, new NpgsqlParameter("positions", positions.ToArray()));
        return entries;
    }

    private async Task Each(NpgsqlConnection connection, string where, Action<PositionedEntry> see, CancellationToken stop, params NpgsqlParameter[] values)
    {
        var select = new NpgsqlBatchCommand($"{_select} where {where} order by l.position");
        select.Parameters.AddRange((NpgsqlParameter[])[new NpgsqlParameter("origin", origin), .. values]);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(Serial), select } };
        await using var row = await batch.ExecuteReaderAsync(stop);
        await row.NextResultAsync(stop);
        // Rows come faster than a task can be made for each.
        while (row.Read())
            see(new PositionedEntry(row.GetInt64(0), Entry(row)));
    }

    private static Entry Entry(NpgsqlDataReader row) => new(
        row.GetString(2), row.GetInt64(3), row.GetGuid(4), row.GetString(5), row.GetDateTime(6), row.GetDateTime(1), row.GetFieldValue<byte[]>(7),
        new EntryMetadata(Text(row, 8), Text(row, 9), row.IsDBNull(10) ? null : (ReadOnlyMemory<byte>?)row.GetFieldValue<byte[]>(10), Text(row, 11)));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

/// <param name="Position">From 1; the leaf's index is one less.</param>
public readonly record struct PositionedEntry(long Position, Entry Entry);
