using System.Diagnostics;
using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Query.Bench;

/// <summary>
/// How fast the results tables are computed from the first event, beside hand-written <c>INSERT … SELECT</c> of the same tables into
/// tables of the same shape, in turns. The ratio is what counts; the floor for it is 0.7.
/// </summary>
public static class FoldBench
{
    public const double Floor = 0.7;
    private const int Events = 300_000;
    private const int Rounds = 5;

    /// <summary>Fills the database, which must hold a migrated ledger without experiments, and measures. Returns the ratio.</summary>
    public static async Task<double> Run(string connectionString, TextWriter output, CancellationToken stop = default)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(stop);
        var filling = Stopwatch.StartNew();
        long events = await Fill(connection, stop);
        output.WriteLine($"{events} events written in {filling.Elapsed.TotalSeconds:0.0} s");
        await connection.Execute("set work_mem = '64MB'; set jit = off", stop);
        string[] byHand = await PrepareByHand(connection, stop);
        var tables = new List<double>();
        var hand = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            double fold = await Seconds(() => ResultTables.Rebuild(connection, stop));
            double insert = await Seconds(() => connection.Execute(["begin", .. byHand, "commit"], stop));
            output.WriteLine($"{(round == 0 ? "warm-up" : $"round {round}")}: tables {events / fold:0} events/s, by hand {events / insert:0} events/s");
            if (round > 0)
                (tables, hand) = ([.. tables, fold], [.. hand, insert]);
        }

        double ratio = Median(hand) / Median(tables);
        output.WriteLine($"median: tables {events / Median(tables):0} events/s, by hand {events / Median(hand):0} events/s, ratio {ratio:0.00}, floor {Floor}");
        return ratio;
    }

    private static async Task<double> Seconds(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<long> Fill(NpgsqlConnection connection, CancellationToken stop)
    {
        var streams = new GeneratedLedger(1).Streams(Events).ToList();
        await Copy(connection, "copy ledger.mt_streams (id, type, version, timestamp, created) from stdin (format binary)", streams, (row, stream) =>
        {
            row.StartRow();
            row.Write(stream.Stream, NpgsqlDbType.Varchar);
            row.WriteNull();
            row.Write((long)stream.Events.Count, NpgsqlDbType.Bigint);
            row.Write(DateTime.UnixEpoch, NpgsqlDbType.TimestampTz);
            row.Write(DateTime.UnixEpoch, NpgsqlDbType.TimestampTz);
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
        row.Write(DateTime.UnixEpoch, NpgsqlDbType.TimestampTz);
        row.WriteNull();
        row.Write("{}", NpgsqlDbType.Jsonb);
    }

    private static async Task Copy<T>(NpgsqlConnection connection, string copy, IEnumerable<T> rows, Action<NpgsqlBinaryImporter, T> write, CancellationToken stop)
    {
        await using var importer = await connection.BeginBinaryImportAsync(copy, stop);
        foreach (var row in rows)
            write(importer, row);
        await importer.CompleteAsync(stop);
    }

    /// <summary>Makes the tables in schema <c>by_hand</c>, of the same shape, and gives the statements that fill them.</summary>
    private static async Task<string[]> PrepareByHand(NpgsqlConnection connection, CancellationToken stop)
    {
        await ResultTables.CatchUp(connection, stop);
        await connection.Execute("drop schema if exists by_hand cascade; create schema by_hand", stop);
        var tables = Definitions.All.Where(table => table.Kind != TableKind.View).ToList();
        // The tables' harness drops, makes and indexes; so must the measure it is held against.
        return
        [
            .. tables.SelectMany(table => new[] { $"drop table if exists by_hand.{table.Name}", $"create table by_hand.{table.Name} (like results.{table.Name})" }),
            .. HandWritten.Statements(),
            .. tables.Select(table => $"alter table by_hand.{table.Name} add primary key ({string.Join(", ", table.Key)})"),
            .. tables.SelectMany(table => table.Indexes.Select(columns => $"create index on by_hand.{table.Name} ({columns})")),
            .. tables.Select(table => $"analyze by_hand.{table.Name}"),
        ];
    }
}
