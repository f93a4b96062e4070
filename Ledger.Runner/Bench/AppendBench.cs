using System.Diagnostics;
using System.Globalization;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Runner.Bench;

/// <summary>Events a second, medians over rounds of <see cref="AppendBench.PerSave"/>.</summary>
/// <param name="Ledger">Through <see cref="LedgerStore.Append"/>: checks, ids, Marten.</param>
/// <param name="Plain">NpgsqlBatch into a table with the same columns, indexes and guards.</param>
public sealed record AppendRates(double Ledger, double Plain)
{
    public double Ratio => Ledger / Plain;

    public bool Holds => Ratio >= AppendBench.Floor;
}

/// <summary>
/// What keeping events through Marten costs against plain SQL. Both sides take turns in one run, so that a noisy machine
/// slows them alike: the ratio says something, the rates do not. It works in a database of its own and drops it, since what
/// is appended to a ledger stays.
/// </summary>
public static class AppendBench
{
    public const int PerSave = 100;

    /// <summary>The smallest ratio that is still in order.</summary>
    public const double Floor = 0.85;

    private const int WarmUp = 10;
    private const int Rounds = 60;

    /// <param name="connectionString">A server where a database may be created.</param>
    /// <exception cref="Domain.Refused">The server does not wait for its disk; such rates mean nothing.</exception>
    public static async Task<AppendRates> Run(string connectionString, TextWriter report, CancellationToken stop)
    {
        var own = new NpgsqlConnectionStringBuilder(connectionString) { Database = $"ledger_bench_{Ulid.NewUlid()}".ToLowerInvariant() };
        await using var server = NpgsqlDataSource.Create(connectionString);
        await Execute(server, $"create database {own.Database}", stop);
        try
        {
            var rates = await Measure(own.ConnectionString, stop);
            await report.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"append, {PerSave} a save, one stream, fsync on: ledger {rates.Ledger:N0}/s, plain {rates.Plain:N0}/s (medians of {Rounds}), ratio {rates.Ratio:F2}, floor {Floor:F2}: {(rates.Holds ? "holds" : "BROKEN")}"));
            return rates;
        }
        finally
        {
            await Execute(server, $"drop database {own.Database} with (force)", CancellationToken.None);
        }
    }

    private static async Task<AppendRates> Measure(string connectionString, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connectionString, TimeProvider.System);
        var actor = new Actor("bench", "bench", "bench", "bench", "bench");
        await Migrate.Apply(store, actor, stop);
        await MustWaitForTheDisk(store.Source, stop);
        await Execute(store.Source, PlainTable, stop);
        object[] events = [.. Enumerable.Range(1, PerSave).Select(Epoch)];
        var (ledger, plain) = (new List<double>(), new List<double>());
        for (int round = 0; round < WarmUp + Rounds; round++)
        {
            long version = round * PerSave;
            double first = await Seconds(() => store.Append("run/bench", version, $"{round}", events, actor, stop));
            double second = await Seconds(() => Plain(store.Source, version, events, actor, stop));
            if (round < WarmUp)
                continue;
            ledger.Add(first);
            plain.Add(second);
        }

        return new AppendRates(PerSave / Median(ledger), PerSave / Median(plain));
    }

    private const string PlainTable =
        """
        create schema plain;
        create table plain.streams (like ledger.mt_streams including all);
        create table plain.events (like ledger.mt_events including all);
        alter table plain.events add foreign key (stream_id) references plain.streams (id);
        create sequence plain.numbers;
        create trigger only_grows before update or delete or truncate on plain.events for each statement execute function ledger_log.refuse();
        create trigger only_gains_events before update on plain.streams for each row execute function ledger_log.refuse_unless_growth();
        insert into plain.streams (id, version) values ('run/bench', 0);
        """;

    private static async Task Plain(NpgsqlDataSource source, long version, object[] events, Actor actor, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await using var batch = new NpgsqlBatch(connection);
        for (int i = 0; i < events.Length; i++)
            batch.BatchCommands.Add(Insert(version + i + 1, CanonicalJson.Bytes(events[i], typeof(EpochCompleted)), actor));
        batch.BatchCommands.Add(new("update plain.streams set version = $1, timestamp = now() where id = 'run/bench'")
        {
            Parameters = { new() { Value = version + events.Length } },
        });
        await batch.ExecuteNonQueryAsync(stop);
    }

    private static NpgsqlBatchCommand Insert(long version, byte[] data, Actor actor) => new(
        """
        insert into plain.events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, causation_id, correlation_id, headers, user_name)
        values (nextval('plain.numbers'), $1, 'run/bench', $2, $3, 'run.epoch_completed.v1', now(), 'Ledger.Domain.Runs.EpochCompleted, Ledger.Domain', $4, $5, $6, $7)
        """)
    {
        Parameters =
        {
            new() { Value = EventId.Of("run/bench", $"{version}", 0) },
            new() { Value = version },
            new() { Value = data, NpgsqlDbType = NpgsqlDbType.Jsonb },
            new() { Value = actor.Causation },
            new() { Value = actor.Correlation },
            new() { Value = """{"machine":"bench","tool":"bench"}""", NpgsqlDbType = NpgsqlDbType.Jsonb },
            new() { Value = actor.User },
        },
    };

    private static EpochCompleted Epoch(int number) => new("base", number, 1.0 / number, 0.5, 0.001, new string('a', 64), 60_000, 12.5);

    private static async Task MustWaitForTheDisk(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var command = source.CreateCommand("select current_setting('fsync') || ', ' || current_setting('synchronous_commit')");
        var found = (string)(await command.ExecuteScalarAsync(stop))!;
        if (found != "on, on")
            throw new Domain.Refused("no-fsync", $"fsync and synchronous_commit are {found}; the bench needs both on", ("found", found));
    }

    private static async Task<double> Seconds(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static async Task Execute(NpgsqlDataSource source, string sql, CancellationToken stop)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(stop);
    }
}
