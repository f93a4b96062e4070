using System.Text.Json;
using Ledger.Domain.Experiments;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public sealed class ExperimentDecisionsTests
{
    private static readonly Registered First = Spec("quickstart", "one", """{"A":1,"B":1}""");
    private static readonly Registered Changed = Spec("quickstart", "two", """{"A":2,"B":1,"C":1}""");

    [Fact]
    public void A_new_slug_is_registered() =>
        Given.Experiment().When(e => ExperimentDecisions.Register(e, First)).Then(First);

    [Fact]
    public void The_same_specification_again_changes_nothing() =>
        Given.Experiment(First).When(e => ExperimentDecisions.Register(e, First with { Yaml = "# reformatted" })).ThenNothing();

    [Fact]
    public void A_changed_specification_is_an_amendment_with_its_reason() =>
        Given.Experiment(First).When(e => ExperimentDecisions.Register(e, Changed, "typo"))
            .Then(new Amended(Changed.Spec, Changed.SpecDigest, Changed.Yaml, Changed.Scale, "typo"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_changed_specification_without_a_reason_is_refused_with_both_digests(string? reason) =>
        Given.Experiment(First).When(e => ExperimentDecisions.Register(e, Changed, reason)).ThenRefused("spec-changed")
            .Values.ShouldBe(new Dictionary<string, string> { ["expected"] = "one", ["found"] = "two" }, ignoreOrder: true);

    [Fact]
    public void Going_back_to_an_earlier_specification_is_an_amendment_too() =>
        Given.Experiment(First, Amendment(Changed)).When(e => ExperimentDecisions.Register(e, First, "back"))
            .Then(new Amended(First.Spec, First.SpecDigest, First.Yaml, First.Scale, "back"));

    [Fact]
    public void Another_slug_is_refused() =>
        Given.Experiment(First).When(e => ExperimentDecisions.Register(e, First with { Slug = "other" })).ThenRefused("other-slug");

    [Fact]
    public void A_withdrawn_experiment_takes_nothing_more()
    {
        Given.Experiment(First, new Withdrawn("wrong")).When(e => ExperimentDecisions.Register(e, First)).ThenRefused("withdrawn");
        Given.Experiment(First, new Withdrawn("wrong")).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A"))).ThenRefused("withdrawn");
        Given.Experiment(First, new Withdrawn("wrong")).When(e => ExperimentDecisions.Withdraw(e!, "again")).ThenNothing();
        Given.Experiment(First).When(e => ExperimentDecisions.Withdraw(e!, "wrong")).Then(new Withdrawn("wrong"));
    }

    [Fact]
    public void Only_checks_that_stand_are_judged_and_each_once()
    {
        Given.Experiment(First).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A", "B"))).Then(Judged("A", "B"));
        Given.Experiment(First).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("Z"))).ThenRefused("unknown-check");
        Given.Experiment(First).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A", "A"))).ThenRefused("check-twice");
    }

    [Fact]
    public void The_verdicts_recorded_last_are_not_recorded_again_but_changed_ones_are()
    {
        Given.Experiment(First, Judged("A", "B")).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A", "B") with { Position = 12 })).ThenNothing();
        Given.Experiment(First, Judged("A", "B")).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A"))).Then(Judged("A"));
        Given.Experiment(First, Judged("A"), Judged("B")).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A", "B") with { Position = 12 })).ThenNothing();
        Given.Experiment(First, Judged("A"), Judged("B") with { Position = 10 }).When(e => ExperimentDecisions.JudgeChecks(e!, Judged("A"))).Then(Judged("A"));
    }

    [Fact]
    public void Verdicts_too_large_for_one_event_become_several_of_the_same_position()
    {
        var large = Json($$"""{"why":"{{new string('x', 5_000)}}"}""");
        ChecksJudged one(string check) => new(9, [new CheckVerdict(check, "held", "pre", large)]);
        Given.Experiment(First).When(e => ExperimentDecisions.JudgeChecks(e!, new ChecksJudged(9, [.. one("A").Verdicts, .. one("B").Verdicts]))).Then(one("A"), one("B"));
    }

    [Fact]
    public void Runs_are_planned_only_for_the_specification_in_force()
    {
        Given.Experiment(First).When(e => Plannable(e, "one")).ThenNothing();
        Given.Experiment(First, Amendment(Changed)).When(e => Plannable(e, "one")).ThenRefused("other-spec");
        Given.Experiment(First, new Withdrawn("x")).When(e => Plannable(e, "one")).ThenRefused("withdrawn");
    }

    [Fact]
    public void A_check_that_is_new_or_changed_after_the_first_result_is_post_hoc_for_ever()
    {
        var state = ExperimentState.Fold("E", [First, Amendment(Changed)]);

        ((string[])["A", "B", "C"]).Select(check => state.Declared(check, versionAtFirstResult: 1)).ShouldBe(["post hoc", "pre", "post hoc"]);
        ((string[])["A", "B", "C"]).Select(check => state.Declared(check, versionAtFirstResult: 2)).ShouldBe(["pre", "pre", "pre"]);
        state.Declared("C", versionAtFirstResult: null).ShouldBe("pre");
    }

    [Fact]
    public void A_check_taken_out_and_put_back_counts_from_when_it_was_put_back()
    {
        var without = Spec("quickstart", "three", """{"B":1}""");

        ExperimentState.Fold("E", [First, Amendment(without), Amendment(First)]).Declared("A", versionAtFirstResult: 1).ShouldBe("post hoc");
    }

    private static IReadOnlyList<ExperimentEvent> Plannable(ExperimentState? experiment, string digest)
    {
        ExperimentDecisions.MustBePlannable(experiment!, digest);
        return [];
    }

    private static Amended Amendment(Registered to) => new(to.Spec, to.SpecDigest, to.Yaml, to.Scale, "changed");

    private static ChecksJudged Judged(params string[] checks) =>
        new(9, [.. checks.Select(check => new CheckVerdict(check, "held", "pre", Json("{}")))]);

    private static Registered Spec(string slug, string digest, string checks) =>
        new(slug, "", Json($$"""{"checks":{{checks}}}"""), digest, "yaml", "cpu");

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
