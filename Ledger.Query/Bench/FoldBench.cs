using System.Diagnostics;
using Ledger.Query.Results;
using Npgsql;

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
        long events = await FillLedger.With(connection, Events, stop);
        output.WriteLine($"{events} events written in {filling.Elapsed.TotalSeconds:0.0} s");
        await connection.Execute("set work_mem = '64MB'; set jit = off", stop);
        string[] byHand = await PrepareByHand(connection, stop);
        var tables = new List<double>();
        var hand = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            double fold = await Timed.Seconds(() => ResultTables.Rebuild(connection, stop));
            double insert = await Timed.Seconds(() => connection.Execute(["begin", .. byHand, "commit"], stop));
            output.WriteLine($"{(round == 0 ? "warm-up" : $"round {round}")}: tables {events / fold:0} events/s, by hand {events / insert:0} events/s");
            if (round > 0)
                (tables, hand) = ([.. tables, fold], [.. hand, insert]);
        }

        double ratio = Timed.Median(hand) / Timed.Median(tables);
        output.WriteLine($"median: tables {events / Timed.Median(tables):0} events/s, by hand {events / Timed.Median(hand):0} events/s, ratio {ratio:0.00}, floor {Floor}");
        return ratio;
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
