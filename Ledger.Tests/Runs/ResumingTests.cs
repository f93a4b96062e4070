using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Replays;
using Ledger.Runner.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Runs;

/// <summary>Runs that go on where they stopped: real executors, a real Postgres, real files.</summary>
public sealed class ResumingTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly string Long = TinyExperiment.Yaml.Replace("epochs: 2", "epochs: 150", StringComparison.Ordinal);

    private TinyExperiment tiny = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => tiny = await TinyExperiment.New(postgres);

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task A_training_goes_on_after_its_last_checkpoint_and_comes_out_as_if_it_had_never_stopped()
    {
        var open = await Interrupted();

        var report = await Resume(open);

        report.Done.ShouldAllBe(run => run.Status == RunStatus.Completed && run.Attempt == 2);
        var trained = report.Done.Single(run => run.Steps["base"].Completion is not null);
        trained.Steps["base"].Started!.AfterEpoch.ShouldNotBeNull().ShouldBeGreaterThan(0);
        var whole = (await tiny.Run(Long, again: true)).Done[0];
        Weights(trained).ShouldBe(Weights(whole));
        (await Digests(trained.Run)).ShouldBe(await Digests(whole.Run));
        Directory.EnumerateFiles(Path.Combine(tiny.Folder, ".ledger"), "epoch-*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_takes_nothing_over_does_so_when_it_is_resumed_neither()
    {
        await tiny.Run();
        using var interrupt = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => tiny.Run(again: true, stop: interrupt, until: "type = 'run.planned.v1' and data ? 'noReuse' and (data->>'number')::int = 2"));

        var report = await Resume(await Open());

        report.Done.Count.ShouldBe(2);
        report.Done.SelectMany(run => run.Steps.Values).ShouldAllBe(step => step.Status == StepStatus.Done && step.Reused == null);
    }

    [Fact]
    public async Task A_run_that_another_process_holds_is_left_to_it_until_it_is_taken_over()
    {
        var open = await Interrupted();
        await using var other = NpgsqlDataSource.Create(tiny.Connection + ";Application Name=other");
        var theirs = new KeyLocks(other);
        await theirs.TryTake($"run/{open[0]}", Stop);

        var first = await Resume(open);
        first.Taken.Select(run => run.Run).ShouldBe([open[0]]);
        first.Done.Select(run => run.Run).ShouldBe([open[1]]);

        var second = await Resume([open[0]], takeOver: true);
        second.Done.Single().Status.ShouldBe(RunStatus.Completed);
        second.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_owner_that_had_only_stalled_can_record_nothing_more()
    {
        var open = await Interrupted();
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        var stalled = new RunRecorder(store, LedgerDatabase.Someone, await PlanRuns.Load(store, open[0], Stop));

        await Resume(open);

        await Should.ThrowAsync<Fenced>(() => stalled.Record(run => RunDecisions.Cancel(run, "late")));
    }

    [Fact]
    public async Task A_run_at_its_end_cannot_be_gone_on_with()
    {
        var done = (await tiny.Run()).Done[0].Run;
        (await Should.ThrowAsync<Domain.Refused>(() => Resume([done]))).Code.ShouldBe("at-its-end");
        (await Resume([])).Done.ShouldBeEmpty();
    }

    private static string Weights(RunState run) => ((TrainingCompleted)run.Steps["base"].Completion!).Model.Weights.Digest;

    /// <summary>Of every epoch that stands, in their order.</summary>
    private async Task<IEnumerable<string>> Digests(string run)
    {
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        return (await OriginalRun.Traces(store, run, Stop))["base"].Epochs.Select(epoch => epoch.WeightsDigest);
    }

    /// <summary>Ids of two runs that were stopped while one of them trained and the other waited for it.</summary>
    private async Task<IReadOnlyList<string>> Interrupted()
    {
        using var interrupt = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => tiny.Run(Long, stop: interrupt, until: "type = 'run.epoch_completed.v1' and (data->>'epoch')::int = 3"));
        return await Open();
    }

    private async Task<IReadOnlyList<string>> Open()
    {
        await using var source = NpgsqlDataSource.Create(tiny.Connection);
        await using var command = source.CreateCommand(
            """
            select substr(p.stream_id, 5) from ledger.mt_events p
            where p.type = 'run.planned.v1' and not exists (select from ledger.mt_events e where e.stream_id = p.stream_id and e.type = 'run.completed.v1')
            order by p.seq_id
            """);
        await using var rows = await command.ExecuteReaderAsync(Stop);
        var runs = new List<string>();
        while (await rows.ReadAsync(Stop))
            runs.Add(rows.GetString(0));
        return runs;
    }

    private Task<ResumeReport> Resume(IReadOnlyList<string> runs, bool takeOver = false) =>
        new ResumeRuns.Handler(tiny.Home, tiny.Opening, TimeProvider.System, TinyExperiment.Silent)
            .Handle(new ResumeRuns(runs, takeOver, Parallel: 2, TimeSpan.FromMinutes(5)), Stop);
}
