using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Ledger.Runner;
using Ledger.Runner.Data;
using Ledger.Runner.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Ledger.Tests.Runs;

/// <summary>The main job on a tiny experiment: real executors, a real Postgres, real files.</summary>
public sealed class RunningAnExperimentTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Yaml =
        """
        ledger: 1
        experiment: tiny
        about: Two compressions of one small network.
        seeds: [1]
        data:
          fashion: {source: fashion-mnist-sample, train: {first: 256}, normalize: {mean: [0.286], std: [0.353]}}
        models:
          net: {kind: mlp, hidden: [16]}
        adversaries:
          fgsm: {norm: linf, eps: 0.1, attack: fgsm}
        recipes:
          base: {optimizer: {adam: {lr: 1e-3}}, batch: 64, epochs: 2}
        matrix:
          compress:
            none: {}
            magnitude: {method: magnitude, ratio: 0.5, scope: global}
        steps:
          base: {train: net, recipe: base, adversary: none}
          small: {compress: $compress, model: base, when: compress is not none}
          weak: {attack: fgsm, model: small, data: {fashion.test: {first: 50}}}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-running-").FullName;
    private string connection = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        connection = await postgres.CreateDatabase("running");
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        await Migrate.Apply(store, LedgerDatabase.Someone, Stop);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_experiment_runs_once_shares_what_is_equal_and_then_has_nothing_to_do()
    {
        var report = await Run();
        report.Done.Select(run => run.Status).ShouldBe([RunStatus.Completed, RunStatus.Completed]);
        report.Done.Count(run => run.Steps["base"].Status == StepStatus.Done).ShouldBe(1);
        report.Done.Count(run => run.Steps["base"].Status == StepStatus.Reused).ShouldBe(1);

        (await Run()).NothingToDo.ShouldBeTrue();
    }

    [Fact]
    public async Task Every_plan_has_its_position_before_the_first_step_begins()
    {
        await Run();
        var types = await Types();
        types.LastIndexOf("run.planned.v1").ShouldBeLessThan(types.IndexOf("run.step_started.v1"));
        types.Count(type => type == "run.completed.v1").ShouldBe(2);
    }

    [Fact]
    public async Task Again_computes_the_same_bits_in_new_runs()
    {
        var first = await Run();
        var second = await Run(again: true);
        second.Done.ShouldAllBe(run => run.Steps.Values.All(step => step.Status == StepStatus.Done));
        Weights(second).ShouldBe(Weights(first));
    }

    [Fact]
    public async Task A_run_that_was_interrupted_goes_on_with_what_is_left()
    {
        using var interrupt = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => Run(stop: interrupt, news: "base"));
        (await Types()).ShouldContain("run.paused.v1");

        var report = await Run();
        report.Done.ShouldAllBe(run => run.Status == RunStatus.Completed);
        report.Done.ShouldContain(run => run.Attempt == 2);
        (await Types()).Count(type => type == "run.planned.v1").ShouldBe(2);
    }

    [Fact]
    public async Task A_changed_file_is_refused_until_someone_says_why_it_changed()
    {
        await Run();
        var changed = Yaml.Replace("epochs: 2", "epochs: 1", StringComparison.Ordinal);
        (await Should.ThrowAsync<Domain.Refused>(() => Run(changed))).Code.ShouldBe("spec-changed");
        (await Run(changed, amend: "fewer epochs")).Done.Count.ShouldBe(2);

        await Run(amend: "two after all");
        (await Types()).Count(type => type == "experiment.amended.v1").ShouldBe(2);
    }

    private static string[] Weights(RunReport report) =>
        [.. report.Done.SelectMany(run => run.Steps.Values).Select(step => step.Completion).OfType<TrainingCompleted>().Select(done => done.Model.Weights.Digest).Distinct()];

    /// <param name="news">Interrupts when a step of this name has begun.</param>
    private async Task<RunReport> Run(string yaml = Yaml, bool again = false, string? amend = null, CancellationTokenSource? stop = null, string? news = null)
    {
        var file = Path.Combine(folder, "tiny.yaml");
        await File.WriteAllTextAsync(file, yaml, Stop);
        var home = new LedgerHome(connection, folder, TimeProvider.System, _ => { });
        var opening = new WorkshopOpening(home, new DatasetCatalog(DataSources.All, []), Fold, TimeProvider.System);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });
        using var watch = Watch(stop, news);
        var handler = new RunExperiment.Handler(opening, TimeProvider.System, console);
        return await handler.Handle(new RunExperiment(file, null, [], again, Reuse: true, amend, Parallel: 2, TimeSpan.FromMinutes(5)), stop?.Token ?? Stop);
    }

    /// <summary>Interrupts as Ctrl-C would, at the first sign in the ledger that the step has begun.</summary>
    private Timer? Watch(CancellationTokenSource? stop, string? step) => stop is null ? null : new Timer(
        _ =>
        {
            using var source = NpgsqlDataSource.Create(connection + ";Pooling=false");
            using var command = source.CreateCommand("select exists (select from ledger.mt_events where type = 'run.step_started.v1' and data->>'step' = $1)");
            command.Parameters.AddWithValue(step!);
            if (command.ExecuteScalar() is true)
                stop.Cancel();
        },
        null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));

    private static async Task Fold(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var folding = await source.OpenConnectionAsync(stop);
        await ResultTables.CatchUp(folding, stop);
    }

    private async Task<List<string>> Types()
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand("select ledger_log.advance(); select type from ledger_log.log order by position");
        await using var rows = await command.ExecuteReaderAsync(Stop);
        await rows.NextResultAsync(Stop);
        var types = new List<string>();
        while (await rows.ReadAsync(Stop))
            types.Add(rows.GetString(0));
        return types;
    }
}
