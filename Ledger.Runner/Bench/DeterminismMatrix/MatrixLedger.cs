using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Data;
using Ledger.Runner.Replays;
using Ledger.Runner.Runs;
using Spectre.Console;

namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>One ledger of the matrix: a database of its own; artifacts lie in a folder that all of them share, so that they can be compared.</summary>
internal sealed class MatrixLedger(string connection, string folder, FoldTables fold)
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromMinutes(10);

    private readonly string artifacts = Directory.CreateDirectory(Path.Combine(folder, ".ledger")).FullName;

    public string Connection => connection;

    public ArtifactStore Artifacts => new(artifacts);

    private LedgerHome Home => new(connection, folder, TimeProvider.System, _ => { }, artifacts);

    /// <summary>Saves trainings after every epoch.</summary>
    private WorkshopOpening Opening => new(Home, DatasetCatalog.Of(artifacts), fold, TimeProvider.System, checkpointEvery: TimeSpan.Zero);

    private static IAnsiConsole Silent => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });

    public async Task Migrate(CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        await Domain.Store.Migrate.Apply(store, LedgerHome.ActorOf("", "bench"), stop);
    }

    public async Task Run(string yaml, string scale, CancellationToken stop)
    {
        var file = Path.Combine(folder, $"{MatrixSpec.Name}.yaml");
        await File.WriteAllTextAsync(file, yaml, stop);
        await new RunExperiment.Handler(Opening, TimeProvider.System, Silent)
            .Handle(new RunExperiment(file, scale, [], Again: false, Reuse: true, Amend: null, Parallel: 1, StepLimit), stop);
    }

    public Task Replay(IReadOnlyList<string> runs, int parallel, CancellationToken stop) =>
        new ReplayRuns.Handler(Home, Opening, TimeProvider.System, Silent)
            .Handle(new ReplayRuns(runs, null, ReplayVerdict.Identical, new Tolerances(), StopEarly: false, parallel, StepLimit), stop);

    /// <summary>The same by another <c>ledger</c>.</summary>
    public async Task RunElsewhere(string yaml, string scale, IReadOnlyDictionary<string, string> variables, CancellationToken stop)
    {
        var file = Path.Combine(folder, $"{MatrixSpec.Name}-elsewhere.yaml");
        await File.WriteAllTextAsync(file, yaml, stop);
        await OtherLedger.Run(["run", file, "--scale", scale, "--parallel", "1", "--postgres", connection], folder, artifacts, variables, stop);
    }

    public Task ReplayElsewhere(IReadOnlyDictionary<string, string> variables, CancellationToken stop) =>
        OtherLedger.Run(["replay", MatrixSpec.Name, "--parallel", "1", "--postgres", connection], folder, artifacts, variables, stop);

    /// <summary>Goes on with every run that is not at its end, begun or not.</summary>
    public async Task Resume(CancellationToken stop)
    {
        var open = (await Load(await Runs(stop), stop)).Where(run => !run.State.IsTerminal).Select(run => run.State.Run).ToList();
        await new ResumeRuns.Handler(Home, Opening, TimeProvider.System, Silent).Handle(new ResumeRuns(open, TakeOver: false, Parallel: 1, StepLimit), stop);
    }

    public async Task Plan(IEnumerable<Planned> plans, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        foreach (var plan in plans)
            await store.Append($"run/{Ulid.NewUlid()}", 0, "plan", [.. RunDecisions.Plan(plan)], LedgerHome.ActorOf(plan.Experiment, "bench"), stop);
    }

    /// <summary>Ids of all runs, in the order in which they were planned.</summary>
    public async Task<IReadOnlyList<string>> Runs(CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        await using var command = store.Source.CreateCommand("select substr(stream_id, 5) from ledger.mt_events where type = 'run.planned.v1' order by seq_id");
        await using var rows = await command.ExecuteReaderAsync(stop);
        var runs = new List<string>();
        while (await rows.ReadAsync(stop))
            runs.Add(rows.GetString(0));
        return runs;
    }

    public async Task<IReadOnlyList<MatrixRun>> Load(IEnumerable<string> runs, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        var loaded = new List<MatrixRun>();
        foreach (var run in runs)
        {
            var events = await OriginalRun.Events(store, run, stop);
            loaded.Add(new MatrixRun(
                RunState.Fold(run, events), events.OfType<Started>().FirstOrDefault()?.Environment, await OriginalRun.Traces(store, run, stop),
                events.OfType<ReplayJudged>().FirstOrDefault(), events.OfType<StepStarted>().Count(step => step.AfterEpoch is not null)));
        }

        return loaded;
    }
}

/// <summary>A run as its ledger tells it.</summary>
/// <param name="Environment">Null where it never began.</param>
/// <param name="Steps">Path → what the step went through, in the run that computed it.</param>
/// <param name="Judged">Null where it is no replay.</param>
/// <param name="FromCheckpoints">How often it went on within a training.</param>
internal sealed record MatrixRun(
    RunState State, EnvironmentFacts? Environment, IReadOnlyDictionary<string, StepTrace> Steps, ReplayJudged? Judged, int FromCheckpoints);
