using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;
using static Ledger.Tests.Runs.ARun;

namespace Ledger.Tests.Runs;

public sealed class RunDecisionsTests
{
    [Fact]
    public void What_the_machine_says_loses_its_secrets()
    {
        const string Said = "cannot open postgres://ada:hunter2@db/x", Kept = "cannot open postgres://ada:[redacted]@db/x";

        Given.Run(ARun.Training).When(r => RunDecisions.FailStep(r, new StepFailed("base", "error", Said))).Then(new StepFailed("base", "error", Kept));
        Given.Run(Running).When(r => RunDecisions.Pause(r, Said)).Then(new Paused(Kept));
        Given.Run(Running).When(r => RunDecisions.Cancel(r, Said)).Then(new Cancelled(Kept));
        Given.Run([Plan with { ReplayOf = "R0" }, Begun]).When(r => RunDecisions.JudgeReplay(r, new ReplayJudged("R0", "diverged", "base", [Said])))
            .Then(new ReplayJudged("R0", "diverged", "base", [Kept]));
        Given.Run([Plan with { ReplayOf = "R0" }, Begun, BaseStarted]).When(r => RunDecisions.CompareStep(r, new StepCompared("base", "diverged", Said, null, null)))
            .Then(new StepCompared("base", "diverged", Kept, null, null));
    }

    private static readonly DatasetPinned Pin = new("test", "fmnist", "test", 10, [1, 28, 28], 10, "d1");
    private static readonly ReplayJudged Verdict = new("R0", "identical", null, []);

    [Fact]
    public void A_plan_names_each_step_once_and_after_its_inputs()
    {
        RunDecisions.Plan(Plan).ShouldBe([Plan]);
        Should.Throw<Domain.Refused>(() => RunDecisions.Plan(Plan with { Steps = [] })).Code.ShouldBe("no-steps");
        Should.Throw<Domain.Refused>(() => RunDecisions.Plan(Plan with { Steps = [Plan.Steps[0], Plan.Steps[0]] })).Code.ShouldBe("step-twice");
        Should.Throw<Domain.Refused>(() => RunDecisions.Plan(Plan with { Steps = [Plan.Steps[1], Plan.Steps[0]] })).Code.ShouldBe("step-order");
    }

    [Fact]
    public void The_first_worker_starts_a_run_and_a_later_one_resumes_it_with_the_next_attempt()
    {
        Given.Run(OnlyPlanned).When(r => RunDecisions.Begin(r, EventExamples.Environment, Ada)).Then(Begun);
        Given.Run(Running).When(r => RunDecisions.Begin(r, EventExamples.Environment, Bob)).Then(new Resumed(Bob, 2));
        Given.Run([.. Running, new Resumed(Bob, 2), new Paused("x")]).When(r => RunDecisions.Begin(r, EventExamples.Environment, Ada)).Then(new Resumed(Ada, 3));
        Given.Run([.. Running, new Cancelled("x")]).When(r => RunDecisions.Begin(r, EventExamples.Environment, Bob)).ThenRefused("at-its-end");
    }

    [Fact]
    public void Data_that_changed_under_a_run_is_refused_with_both_digests()
    {
        Given.Run(Running).When(r => RunDecisions.PinDataset(r, Pin)).Then(Pin);
        Given.Run([.. Running, Pin]).When(r => RunDecisions.PinDataset(r, Pin)).ThenNothing();
        var refused = Given.Run([.. Running, Pin]).When(r => RunDecisions.PinDataset(r, Pin with { Digest = "d2" })).ThenRefused("data-changed");
        (refused.Values["expected"], refused.Values["found"]).ShouldBe(("d1", "d2"));
    }

    [Fact]
    public void A_step_starts_when_its_inputs_have_results()
    {
        Given.Run(Running).When(r => RunDecisions.StartStep(r, BaseStarted)).Then(BaseStarted);
        Given.Run(BaseDone).When(r => RunDecisions.StartStep(r, CleanStarted)).Then(CleanStarted);
        Given.Run([.. Running, Reused]).When(r => RunDecisions.StartStep(r, CleanStarted)).Then(CleanStarted);
        Given.Run(ARun.Training).When(r => RunDecisions.StartStep(r, CleanStarted)).ThenRefused("input-missing").Values["input"].ShouldBe("base");
        Given.Run([.. ARun.Training, new StepFailed("base", "killed", "")]).When(r => RunDecisions.StartStep(r, CleanStarted)).ThenRefused("input-missing");
    }

    [Fact]
    public void A_step_that_is_settled_or_unknown_is_not_started()
    {
        Given.Run(BaseDone).When(r => RunDecisions.StartStep(r, BaseStarted)).ThenRefused("step-settled");
        Given.Run([.. Running, Reused]).When(r => RunDecisions.StartStep(r, BaseStarted)).ThenRefused("step-settled");
        Given.Run(Running).When(r => RunDecisions.StartStep(r, BaseStarted with { Step = "nope" })).ThenRefused("unknown-step");
    }

    [Fact]
    public void A_step_whose_worker_died_is_started_again_and_counts_its_epochs_anew() =>
        Given.Run([.. ARun.Training, Epoch(1), new Resumed(Bob, 2), BaseStarted]).When(r => RunDecisions.RecordEpoch(r, Epoch(1))).Then(Epoch(1));

    [Fact]
    public void A_training_goes_on_after_an_epoch_that_is_recorded_under_the_same_key()
    {
        RunEvent[] stopped = [.. ARun.Training, Epoch(1), Epoch(2), new Resumed(Bob, 2)];
        var again = BaseStarted with { AfterEpoch = 2 };
        Given.Run(stopped).When(r => RunDecisions.StartStep(r, again)).Then(again);
        Given.Run([.. stopped, again]).When(r => RunDecisions.RecordEpoch(r, Epoch(3))).Then(Epoch(3));
        Given.Run([.. stopped, again]).When(r => RunDecisions.RecordEpoch(r, Epoch(1))).ThenRefused("epoch-order");
        Given.Run(stopped).When(r => RunDecisions.StartStep(r, again with { AfterEpoch = 3 })).ThenRefused("not-that-far");
        Given.Run(stopped).When(r => RunDecisions.StartStep(r, again with { Key = "other" })).ThenRefused("not-that-far");
        Given.Run(Running).When(r => RunDecisions.StartStep(r, again)).ThenRefused("not-that-far");
    }

    [Fact]
    public void Nothing_happens_in_a_run_that_is_not_running()
    {
        foreach (RunEvent[] history in (RunEvent[][])[OnlyPlanned, [.. Running, new Paused("x")], [.. Running, new Cancelled("x")]])
        {
            Given.Run(history).When(r => RunDecisions.StartStep(r, BaseStarted)).ThenRefused("not-running");
            Given.Run(history).When(r => RunDecisions.PinDataset(r, Pin)).ThenRefused("not-running");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Epochs_out_of_order_are_refused(int epoch) =>
        Given.Run([.. ARun.Training, Epoch(1)]).When(r => RunDecisions.RecordEpoch(r, Epoch(epoch))).ThenRefused("epoch-order").Values["expected"].ShouldBe("2");

    [Fact]
    public void Epochs_of_a_step_that_was_not_started_are_refused() =>
        Given.Run(Running).When(r => RunDecisions.RecordEpoch(r, Epoch(1))).ThenRefused("step-not-started");

    [Fact]
    public void A_step_completes_with_its_flags_and_as_its_kind()
    {
        var flag = new ResultFlagged("base", "odd", 1, 2);

        Given.Run(ARun.Training).When(r => RunDecisions.CompleteStep(r, Trained, [flag])).Then(Trained, flag);
        Given.Run(ARun.Training).When(r => RunDecisions.CompleteStep(r, Measured with { Step = "base" }, [])).ThenRefused("wrong-completion");
        Given.Run(Running).When(r => RunDecisions.CompleteStep(r, Trained, [])).ThenRefused("step-not-started");
        Given.Run(BaseDone).When(r => RunDecisions.CompleteStep(r, Trained, [])).ThenRefused("step-settled");
    }

    [Fact]
    public void A_step_is_reused_under_its_own_key_and_by_a_replay_only_from_its_siblings()
    {
        Given.Run(Running).When(r => RunDecisions.ReuseStep(r, Reused)).Then(Reused);
        Given.Run(Running).When(r => RunDecisions.ReuseStep(r, Reused with { Key = "other" })).ThenRefused("wrong-key");
        Given.Run(Replay).When(r => RunDecisions.ReuseStep(r, Reused)).ThenRefused("replay-reuses");
        Given.Run(Replay).When(r => RunDecisions.ReuseStep(r, Reused, new HashSet<string> { "R1" })).ThenRefused("replay-reuses");
        Given.Run(Replay).When(r => RunDecisions.ReuseStep(r, Reused, new HashSet<string> { "R0" })).Then(Reused);
    }

    [Fact]
    public void A_run_ends_completed_or_failed_with_its_number_of_events()
    {
        Given.Run(AllDone).When(RunDecisions.Finish).Then(new Completed(AllDone.Length + 1));
        Given.Run([.. AllDone, new Completed(7)]).When(RunDecisions.Finish).ThenNothing();
        Given.Run(BaseDone).When(RunDecisions.Finish).ThenRefused("step-open").Values["step"].ShouldBe("clean");
        RunEvent[] failed = [.. ARun.Training, new StepFailed("base", "killed", ""), new StepFailed("clean", "input-failed", "")];
        Given.Run(failed).When(RunDecisions.Finish).Then(new Failed(["base", "clean"], failed.Length + 1));
    }

    [Fact]
    public void Pausing_and_cancelling_twice_is_once()
    {
        Given.Run(Running).When(r => RunDecisions.Pause(r, "x")).Then(new Paused("x"));
        Given.Run([.. Running, new Paused("x")]).When(r => RunDecisions.Pause(r, "y")).ThenNothing();
        Given.Run(Running).When(r => RunDecisions.Cancel(r, "x")).Then(new Cancelled("x"));
        Given.Run([.. Running, new Cancelled("x")]).When(r => RunDecisions.Cancel(r, "y")).ThenNothing();
        Given.Run([.. AllDone, new Completed(7)]).When(r => RunDecisions.Cancel(r, "y")).ThenRefused("at-its-end");
        Given.Run([.. AllDone, new Completed(7)]).When(r => RunDecisions.Pause(r, "y")).ThenRefused("at-its-end");
    }

    [Fact]
    public void A_replay_is_compared_step_by_step_and_judged_once()
    {
        var compared = new StepCompared("base", "identical", null, null, null);

        Given.Run([.. Replay, BaseStarted, Trained]).When(r => RunDecisions.CompareStep(r, compared)).Then(compared);
        Given.Run([.. Replay, BaseStarted, Epoch(1)]).When(r => RunDecisions.CompareStep(r, compared)).Then(compared);
        Given.Run([.. Replay, BaseStarted, Trained, compared]).When(r => RunDecisions.CompareStep(r, compared with { Verdict = "diverged" })).ThenNothing();
        Given.Run(Replay).When(r => RunDecisions.CompareStep(r, compared)).ThenRefused("step-open");
        Given.Run(BaseDone).When(r => RunDecisions.CompareStep(r, compared)).ThenRefused("not-a-replay");
        Given.Run(Replay).When(r => RunDecisions.JudgeReplay(r, Verdict)).Then(Verdict);
        Given.Run([.. Replay, Verdict]).When(r => RunDecisions.JudgeReplay(r, Verdict)).ThenNothing();
        Given.Run([.. Replay, Verdict]).When(r => RunDecisions.JudgeReplay(r, Verdict with { Verdict = "close" })).ThenRefused("judged-twice");
    }

    [Fact]
    public void A_stream_that_does_not_begin_with_a_plan_is_not_a_run() =>
        Should.Throw<Domain.Refused>(() => RunState.Fold("R", [Begun])).Code.ShouldBe("not-a-run");

    [Fact]
    public void The_version_counts_every_event() => RunState.Fold("R", AllDone).Version.ShouldBe(AllDone.Length);
}
