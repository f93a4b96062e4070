using System.CommandLine;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Query.Bench;
using Ledger.Query.Evidence;
using Ledger.Query.Results;
using Ledger.Runner.Bench;
using Ledger.Runner.Bench.DeterminismMatrix;
using Ledger.Runner.Bench.Jepsen;
using Ledger.Runner.Bench.Kills;
using Ledger.Runner.Bench.Recording;
using Ledger.Runner.Data;
using Npgsql;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger bench</c>: figures with their floors, measured by turns in one run. Never part of the tests.</summary>
internal static class BenchVerbs
{
    private const int FewKills = 4;

    public static Command Bench(Composition composition)
    {
        var verb = new Command("bench", "Measure: figures against their floors, taken by turns in one run.");
        verb.Add(Server("append", "Events appended against rows inserted by plain SQL.", composition, (opened, stop) => AppendBench.Run(opened.ConnectionString, Console.Out, stop)));
        verb.Add(Server("fold", "300,000 events folded into all tables against hand-written SQL.", composition, FoldInScratch));
        var train = new Command("train", "A training epoch against the bare loop, pooling layouts, and memory over 2,000 iterations.");
        train.SetAction((_, _) => Problems.Guard(
            () =>
            {
                TrainBench.Run(Console.Out);
                return Task.FromResult(0);
            },
            Console.Error));
        verb.Add(train);
        verb.Add(Attack());
        verb.Add(Verify());
        verb.Add(Recording());
        verb.Add(Kills());
        verb.Add(Jepsen());
        verb.Add(Determinism());
        verb.Add(Seed(composition));
        return verb;
    }

    /// <summary>In a Postgres of its own, gone afterwards.</summary>
    private static Command Verify()
    {
        var events = new Option<int>("--events") { Description = "Events of the generated ledger", DefaultValueFactory = _ => 1_000_000 };
        var verb = new Command("verify", "What evidence costs: verifying, sealing, proving, artifacts; in a ledger of its own. Exit code 1 when a floor is broken") { events };
        verb.SetAction((parsed, stop) => Problems.Guard(
            async () =>
            {
                await using var scratch = new ScratchLedger();
                await using var server = await scratch.Use(stop);
                var connection = await scratch.Database(stop);
                await Migrated(connection, stop);
                var figures = await new VerifyBench(connection, Path.Combine(scratch.Place, "artifacts"), Console.Out).Run(parsed.GetValue(events), stop);
                return figures.All(figure => figure.Holds is not false) ? 0 : 1;
            },
            Console.Error));
        return verb;
    }

    /// <summary>Not a measure but what others are taken on, and a ledger to try things with.</summary>
    private static Command Seed(Composition composition)
    {
        var events = new Option<int>("--events") { Description = "At least so many, about 97 for a run", DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same events", DefaultValueFactory = _ => 1 };
        var verb = new Command("seed", "Fill this folder's ledger, which must have no experiment yet, with generated runs. Nothing in them was computed.") { events, seed };
        verb.SetAction((parsed, stop) => Problems.Guard(
            async () =>
            {
                await using var opened = await composition.Home.Open(stop);
                await using var connection = await opened.Store.Source.OpenConnectionAsync(stop);
                long head = await FillLedger.With(connection, parsed.GetValue(events), stop, (ulong)parsed.GetValue(seed));
                Console.WriteLine($"{head} events. Nothing in them was computed: keep this ledger away from real ones.");
                return 0;
            },
            Console.Error));
        return verb;
    }

    private static Command Recording()
    {
        var verb = new Command("recording", "What keeping a ledger costs beside the computing: recording, replaying, reusing, checkpoints; in a ledger of its own.");
        verb.SetAction((_, stop) => Problems.Guard(
            async () => (await new RecordingBench(Composition.Fold).Run(Console.Out, stop)).All(finding => finding.Holds) ? 0 : 1, Console.Error));
        return verb;
    }

    private static Command Kills()
    {
        var kills = new Option<int>("--kills") { Description = "How often something is killed", DefaultValueFactory = _ => 50 };
        var seed = new Option<int>("--seed") { Description = "What the moments and victims are drawn from", DefaultValueFactory = _ => 1 };
        var verb = new Command("kills", "kill -9 of ledger, executors and Postgres while an experiment runs, in a ledger of its own; then nothing is lost.") { kills, seed };
        verb.SetAction((parsed, stop) => Problems.Guard(
            async () => await new KillBench(new KillsExperiment(Epochs: 20, Seeds: 2), ComputedRows.Of).Run(parsed.GetValue(kills), parsed.GetValue(seed), Console.Out, stop) ? 0 : 1,
            Console.Error));
        return verb;
    }

    private static Command Jepsen()
    {
        var kills = new Option<int>("--kills") { Description = "How many server processes of Postgres are ended", DefaultValueFactory = _ => 200 };
        var seed = new Option<int>("--seed") { Description = "What clients do and whom it hits is drawn from it", DefaultValueFactory = _ => 1 };
        var verb = new Command("jepsen", "Writers, sealers and a verifier while Postgres loses its server processes, in a ledger of its own; nothing acknowledged is lost.") { kills, seed };
        verb.SetAction((parsed, stop) => Problems.Guard(
            async () => await new JepsenBench(VerifyOnce).Run(parsed.GetValue(kills), parsed.GetValue(seed), Console.Out, stop) ? 0 : 1, Console.Error));
        return verb;
    }

    private static async Task<IReadOnlyList<Finding>> VerifyOnce(NpgsqlDataSource source, string artifactFolder, string? since, CancellationToken stop) =>
        (await new VerifyLedger.Handler(source, new LedgerPlace("", artifactFolder)).Handle(new VerifyLedger(since), stop)).Findings;

    /// <summary>In a Postgres of its own, gone afterwards.</summary>
    private static Command Determinism()
    {
        var scale = new Option<string>("--scale") { Description = "small: as small as in the tests; full: larger, and killed after every event", DefaultValueFactory = _ => "full" };
        scale.AcceptOnlyFromAmong("small", "full");
        var kills = new Option<int?>("--kills") { Description = "How often runs are killed, about; default: 4 at small scale, after every event at full" };
        var verb = new Command("determinism", "Every kind of step, method and attack, carried out again in other ways: the same bits within a class of environment. Exit code 1 if not") { scale, kills };
        verb.SetAction((parsed, stop) => Problems.Guard(
            async () =>
            {
                await using var scratch = new ScratchLedger();
                await using var server = await scratch.Use(stop);
                var full = parsed.GetValue(scale) == "full";
                var bench = new DeterminismBench(scratch.Place, scratch.Database, Composition.Fold, parsed.GetValue(scale)!, parsed.GetValue(kills) ?? (full ? null : FewKills));
                var findings = await bench.Run(MatrixCases.All, Console.WriteLine, stop);
                return findings.All(finding => finding.Holds) ? 0 : 1;
            },
            Console.Error));
        return verb;
    }

    private static Command Attack()
    {
        var examples = new Option<int>("--examples") { Description = "Test images AutoAttack is run on", DefaultValueFactory = _ => 1000 };
        var threads = new Option<int>("--threads") { Description = "Threads to compute with", DefaultValueFactory = _ => 1 };
        var verb = new Command("attack", "PGD-10 against the naive loop, parameter gradients, and AutoAttack with its rate.") { examples, threads };
        verb.SetAction((parsed, stop) => Problems.Guard(
            () =>
            {
                var data = DatasetCatalog.Of("").Locate("fashion-mnist-sample");
                AttackBench.Run(data, parsed.GetValue(examples), parsed.GetValue(threads), Console.Out, stop);
                return Task.FromResult(0);
            },
            Console.Error));
        return verb;
    }

    private static Command Server(string name, string about, Composition composition, Func<OpenedHome, CancellationToken, Task> measure)
    {
        var verb = new Command(name, about);
        verb.SetAction((_, stop) => Problems.Guard(
            async () =>
            {
                await using var opened = await composition.Home.Open(stop);
                await measure(opened, stop);
                return 0;
            },
            Console.Error));
        return verb;
    }

    /// <summary>In a database of its own, dropped afterwards: a benchmark leaves no event in anybody's ledger.</summary>
    private static async Task FoldInScratch(OpenedHome opened, CancellationToken stop)
    {
        var scratch = $"ledger_bench_{Ulid.NewUlid()}".ToLowerInvariant();
        await Execute(opened.Store.Source, $"create database {scratch}", stop);
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(opened.ConnectionString) { Database = scratch, Pooling = false }.ConnectionString;
            await Migrated(connection, stop);
            await FoldBench.Run(connection, Console.Out, stop);
        }
        finally
        {
            await Execute(opened.Store.Source, $"drop database {scratch} with (force)", CancellationToken.None);
        }
    }

    private static async Task Migrated(string connection, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        await Migrate.Apply(store, LedgerHome.ActorOf("", "bench"), stop);
    }

    private static async Task Execute(NpgsqlDataSource source, string sql, CancellationToken stop)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(stop);
    }
}
