using Ledger.Domain;
using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;
using static Ledger.Tests.Runs.ARun;

namespace Ledger.Tests.Runs;

public sealed class ReviewDecisionsTests
{
    private static readonly FlagRaised Flag = new("base", "too-good", 0.9, 0.5, "look");
    private static readonly ArtifactReleased Released = new("aa", 1, "space");

    [Fact]
    public void An_annotation_says_something()
    {
        Given.Review().When(_ => ReviewDecisions.Annotate("see notes")).Then(new Annotated("see notes"));
        Given.Review().When(_ => ReviewDecisions.Annotate(" ")).ThenRefused("empty-text");
    }

    [Fact]
    public void A_run_is_retracted_once()
    {
        Given.Review().When(r => ReviewDecisions.Retract(r, "leak")).Then(new Retracted("leak"));
        Given.Review(new Retracted("leak")).When(r => ReviewDecisions.Retract(r, "again")).ThenNothing();
    }

    [Fact]
    public void A_run_is_superseded_by_another_one()
    {
        Given.Review().When(r => Supersede(r, "S", "better")).Then(new Superseded("S", "better"));
        Given.Review(new Superseded("S", "better")).When(r => Supersede(r, "S", "again")).ThenNothing();
        Given.Review(new Superseded("S", "better")).When(r => Supersede(r, "T", "best")).Then(new Superseded("T", "best"));
        Given.Review().When(r => Supersede(r, "R", "itself")).ThenRefused("superseded-by-itself");
    }

    [Fact]
    public void Only_a_completed_run_in_good_standing_takes_anothers_place()
    {
        var running = RunState.Fold("S", Running);

        Given.Review().When(r => ReviewDecisions.Supersede(r, running, [Reviewed("S")], "soon")).ThenRefused("not-completed");
        Given.Review().When(r => Supersede(r, "S", "wrong", Reviewed("S", new Retracted("leak")))).ThenRefused("retracted");
        Given.Review().When(r => Supersede(r, "S", "round", Reviewed("S", new Superseded("R", "better")))).ThenRefused("superseded-in-a-circle");
        Given.Review().When(r => Supersede(r, "S", "round", Reviewed("S", new Superseded("T", "better")), Reviewed("T", new Superseded("R", "best"))))
            .ThenRefused("superseded-in-a-circle");
        Given.Review().When(r => Supersede(r, "S", "on", Reviewed("S", new Superseded("T", "better")), Reviewed("T"))).Then(new Superseded("S", "on"));
    }

    [Fact]
    public void Nothing_said_holds_a_secret()
    {
        var review = ReviewState.Fold("R", []);

        Should.Throw<BadInput>(() => ReviewDecisions.Annotate("log in with password: hunter2"));
        Should.Throw<BadInput>(() => ReviewDecisions.Retract(review, "leaked password: hunter2"));
        Should.Throw<BadInput>(() => Supersede(review, "S", "new password: hunter2"));
    }

    [Fact]
    public void Only_the_runs_own_artifacts_are_released_and_each_once()
    {
        var own = new HashSet<string> { "aa" };

        Given.Review().When(r => ReviewDecisions.Release(r, own, Released)).Then(Released);
        Given.Review(Released).When(r => ReviewDecisions.Release(r, own, Released)).ThenNothing();
        Given.Review().When(r => ReviewDecisions.Release(r, own, Released with { Digest = "bb" })).ThenRefused("not-its-artifact");
    }

    [Fact]
    public void The_same_suspicion_is_raised_once()
    {
        var run = RunState.Fold("R", Running);

        Given.Review().When(r => ReviewDecisions.RaiseFlag(r, run, Flag)).Then(Flag);
        Given.Review(Flag).When(r => ReviewDecisions.RaiseFlag(r, run, Flag)).ThenNothing();
        Given.Review(Flag).When(r => ReviewDecisions.RaiseFlag(r, run, Flag with { Value = 1 })).Then(Flag with { Value = 1 });
        Given.Review().When(r => ReviewDecisions.RaiseFlag(r, run, Flag with { Step = "nope" })).ThenRefused("unknown-step");
    }

    [Fact]
    public void A_run_at_its_end_is_not_asked_to_stop()
    {
        var running = RunState.Fold("R", Running);
        var paused = RunState.Fold("R", [.. Running, new Paused("x")]);
        var done = RunState.Fold("R", [.. Running, new Cancelled("x")]);

        Given.Review().When(r => ReviewDecisions.AskToCancel(r, running, "stop")).Then(new CancelAsked("stop"));
        Given.Review(new CancelAsked("stop")).When(r => ReviewDecisions.AskToCancel(r, running, "stop!")).ThenNothing();
        Given.Review().When(r => ReviewDecisions.AskToCancel(r, done, "stop")).ThenRefused("at-its-end");
        Given.Review().When(_ => ReviewDecisions.AskToPause(running, "lunch")).Then(new PauseAsked("lunch"));
        Given.Review().When(_ => ReviewDecisions.AskToPause(paused, "lunch")).ThenNothing();
        Given.Review().When(_ => ReviewDecisions.AskToPause(done, "lunch")).ThenRefused("at-its-end");
    }

    private static IReadOnlyList<ReviewEvent> Supersede(ReviewState review, string by, string reason, params ReviewState[] chain) =>
        ReviewDecisions.Supersede(review, RunState.Fold(by, [.. AllDone, new Completed(7)]), chain.Length > 0 ? chain : [Reviewed(by)], reason);

    private static ReviewState Reviewed(string run, params ReviewEvent[] events) => ReviewState.Fold(run, events);
}
