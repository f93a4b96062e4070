using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Replays;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

/// <summary>Replays of a tiny experiment: real executors, a real Postgres, real files.</summary>
public sealed class ReplayingTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TinyExperiment tiny = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => tiny = await TinyExperiment.New(postgres);

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task Every_run_of_an_experiment_comes_out_identical_and_what_they_share_is_computed_once()
    {
        var originals = (await tiny.Run()).Done.Select(run => run.Run).ToList();
        var report = await tiny.Replay(originals);

        report.Holds.ShouldBeTrue();
        report.Replays.Select(replay => replay.Judged.Verdict).ShouldBe(["identical", "identical"]);
        report.Replays.Select(replay => replay.Replay.Plan.ReplayOf).ShouldBe(originals);
        report.Replays.ShouldAllBe(replay => replay.Replay.Status == RunStatus.Completed && replay.Replay.Steps.Values.All(step => step.Compared != null));
        var bases = report.Replays.Select(replay => replay.Replay.Steps["base"]).ToList();
        bases.Count(step => step.Status == StepStatus.Done).ShouldBe(1);
        bases.ShouldContain(step => step.Reused != null && report.Replays.Any(replay => replay.Replay.Run == step.Reused.SourceRun));
    }

    [Fact]
    public async Task A_step_is_replayed_with_what_it_depends_on_and_nothing_else()
    {
        var run = (await tiny.Run()).Done.Single(run => run.Steps.ContainsKey("small")).Run;
        var replay = (await tiny.Replay([run], step: "small")).Replays.Single().Replay;
        replay.Steps.Keys.ShouldBe(["base", "small"]);
        replay.Steps.Values.ShouldAllBe(step => step.Status == StepStatus.Done);
        (await Should.ThrowAsync<Domain.Refused>(() => tiny.Replay([run], step: "nope"))).Code.ShouldBe("unknown-step");
        (await Should.ThrowAsync<Domain.Refused>(() => tiny.Replay([replay.Run]))).Code.ShouldBe("replay-of-replay");
    }

    [Fact]
    public async Task A_record_that_says_something_else_is_found_at_its_epoch()
    {
        var run = (await tiny.Run()).Done.First(run => run.Steps["base"].Completion != null).Run;
        var altered = await Copy(run, next => next is EpochCompleted { Epoch: 2 } epoch ? epoch with { WeightsDigest = new string('0', 64), TensorDigests = $"{epoch.TensorDigests![..8]}{new string('0', epoch.TensorDigests.Length - 8)}" } : next);

        var whole = (await tiny.Replay([altered])).Replays.Single();
        (whole.Judged.Verdict, whole.Judged.FirstDivergentStep).ShouldBe(("diverged", "base"));
        whole.Replay.Steps["base"].Compared!.FirstDifference.ShouldBe("epoch 2: tensor fc1.weight");
        whole.Replay.Steps["weak"].Compared!.Verdict.ShouldBe("identical");
        whole.Judged.Causes.ShouldBeEmpty();

        var early = (await tiny.Replay([altered], stopEarly: true)).Replays.Single();
        early.Judged.Verdict.ShouldBe("diverged");
        early.Replay.Status.ShouldBe(RunStatus.Cancelled);
        early.Replay.Steps["weak"].Status.ShouldBe(StepStatus.Planned);
    }

    [Fact]
    public async Task Where_records_have_no_digests_of_tensors_bisection_takes_them_from_replays()
    {
        var first = await WithoutTensors((await tiny.Run()).Done.First(run => run.Steps["base"].Completion != null).Run);
        var second = await WithoutTensors((await tiny.Run(TinyExperiment.Yaml.Replace("lr: 1e-3", "lr: 2e-3", StringComparison.Ordinal), amend: "faster")).Done.First(run => run.Steps["base"].Completion != null).Run);

        var before = await Bisect(first, second);
        (before.Step, before.Where, before.TensorMissing).ShouldBe(("base", "epoch 1: loss", true));
        await tiny.Replay([first], step: "base");
        (await Bisect(first, second)).TensorMissing.ShouldBeTrue();
        await tiny.Replay([second], step: "base");

        var after = await Bisect(first, second);
        (after.Step, after.Where, after.TensorMissing).ShouldBe(("base", "epoch 1: tensor fc1.bias", false));
    }

    [Fact]
    public async Task A_run_that_is_not_at_its_end_is_not_replayed()
    {
        var run = (await tiny.Run()).Done[0].Run;
        var open = await Copy(run, next => next is Completed ? null : next);
        (await Should.ThrowAsync<Domain.Refused>(() => tiny.Replay([open]))).Code.ShouldBe("not-at-its-end");
    }

    private Task<string> WithoutTensors(string run) => Copy(run, next => next is EpochCompleted epoch ? epoch with { TensorDigests = null } : next);

    private Task<Parting> Bisect(string mine, string theirs) => new BisectRuns.Handler(tiny.Home).Handle(new BisectRuns(mine, theirs), Stop);

    /// <summary>The events of a run once more under another id, with some of them changed or left out.</summary>
    private async Task<string> Copy(string run, Func<RunEvent, RunEvent?> change)
    {
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        var events = (await OriginalRun.Events(store, run, Stop)).Select(change).OfType<object>().ToArray();
        var copy = Ulid.NewUlid().ToString();
        await store.Append($"run/{copy}", 0, "copy", events, LedgerDatabase.Someone, Stop);
        return copy;
    }
}
