using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Query.Bench;

/// <summary>Fills a migrated ledger without experiments with generated events, past Marten, as quickly as rows can be copied.</summary>
public static class FillLedger
{
    private static readonly DateTime Now = TimeProvider.System.GetUtcNow().UtcDateTime;

    /// <returns>The ledger's head.</returns>
    /// <exception cref="Refused">It has experiments.</exception>
    public static async Task<long> With(NpgsqlConnection connection, int atLeast, CancellationToken stop, ulong seed = 1)
    {
        if (await connection.Scalar<long>("select count(*) from ledger.mt_streams where id like 'experiment/%'", stop) is > 0 and var there)
        {
            throw new Refused(
                "has-experiments", $"This ledger has {there} experiments, and generated runs would stand among them for ever. Fill another, in an empty folder.", ("experiments", $"{there}"));
        }

        var streams = new GeneratedLedger(seed).Streams(atLeast).ToList();
        await Copy(connection, "copy ledger.mt_streams (id, type, version, timestamp, created) from stdin (format binary)", streams, (row, stream) =>
        {
            row.StartRow();
            row.Write(stream.Stream, NpgsqlDbType.Varchar);
            row.WriteNull();
            row.Write((long)stream.Events.Count, NpgsqlDbType.Bigint);
            row.Write(Now, NpgsqlDbType.TimestampTz);
            row.Write(Now, NpgsqlDbType.TimestampTz);
        }, stop);
        long number = await connection.Scalar<long>("select coalesce(max(seq_id), 0) from ledger.mt_events", stop);
        await Copy(
            connection, "copy ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers) from stdin (format binary)",
            streams.SelectMany(stream => stream.Events.Select((data, i) => (stream.Stream, Version: i + 1, Data: data))),
            (row, e) => Write(row, ++number, e.Stream, e.Version, e.Data),
            stop);
        await connection.Execute($"select setval('ledger.mt_events_sequence', {number})", stop);
        await connection.Execute("analyze ledger.mt_events", stop);
        long head = await connection.Scalar<long>("select ledger_log.advance()", stop);
        await connection.Execute("vacuum analyze ledger_log.log", stop);
        return head;
    }

    private static void Write(NpgsqlBinaryImporter row, long number, string stream, int version, object data)
    {
        row.StartRow();
        row.Write(number, NpgsqlDbType.Bigint);
        row.Write(EventId.Of(stream, "bench", version), NpgsqlDbType.Uuid);
        row.Write(stream, NpgsqlDbType.Varchar);
        row.Write((long)version, NpgsqlDbType.Bigint);
        row.Write(JsonSerializer.Serialize(data, data.GetType(), LedgerJson.Options), NpgsqlDbType.Jsonb);
        row.Write(EventNames.Of(data.GetType()), NpgsqlDbType.Varchar);
        row.Write(Now, NpgsqlDbType.TimestampTz);
        row.Write(EventNames.DotNetType(data.GetType()), NpgsqlDbType.Varchar);
        row.Write("""{"tool": "ledger/bench", "machine": "desk"}""", NpgsqlDbType.Jsonb);
    }

    private static async Task Copy<T>(NpgsqlConnection connection, string copy, IEnumerable<T> rows, Action<NpgsqlBinaryImporter, T> write, CancellationToken stop)
    {
        await using var importer = await connection.BeginBinaryImportAsync(copy, stop);
        foreach (var row in rows)
            write(importer, row);
        await importer.CompleteAsync(stop);
    }
}
