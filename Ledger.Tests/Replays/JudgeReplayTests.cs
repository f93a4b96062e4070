using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

public sealed class JudgeReplayTests
{
    private static readonly StepCompared Base = new("base", "identical", null, null, null);

    [Fact]
    public void The_verdict_is_the_worst_of_the_steps_and_the_first_that_differs_is_named()
    {
        var judged = JudgeReplay.Of("R0", [Base, Base with { Step = "small", Verdict = "close" }, Base with { Step = "pgd", Verdict = "diverged" }], ["why"]);
        (judged.Verdict, judged.FirstDivergentStep).ShouldBe(("diverged", "small"));
        judged.Causes.ShouldBe(["why"]);
    }

    [Fact]
    public void An_identical_replay_needs_no_causes()
    {
        var judged = JudgeReplay.Of("R0", [Base, Base with { Step = "small" }], ["another kernel"]);
        (judged.Verdict, judged.FirstDivergentStep).ShouldBe(("identical", null));
        judged.Causes.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_compared_is_not_comparable() => JudgeReplay.Of("R0", [], []).Verdict.ShouldBe("not-comparable");

    [Fact]
    public void Causes_are_data_then_code_then_the_class_then_the_rest()
    {
        var environment = EventExamples.Environment;
        var other = environment with { Kernel = "7.0", Class = environment.Class with { Threads = 4 } };
        var trace = new StepTrace("base", EventExamples.Fields, [], null);
        var pin = new DatasetPinned("test", "fmnist", "test", 10, [1, 28, 28], 10, "d1");
        JudgeReplay.Causes(
            environment, other, [(trace, trace with { Fields = EventExamples.Fields with { CodeFingerprint = "other" } }), (trace, trace)], [pin], [pin with { Digest = "d2" }])
            .ShouldBe(["data test: d2, was d1", "code of train steps", "class.threads: 4, was 2", "kernel: \"7.0\", was \"6.1\""]);
    }

    [Theory]
    [InlineData(0.50, 0.52, true)]
    [InlineData(0.50, 0.521, false)]
    [InlineData(0.50, null, false)]
    [InlineData(null, null, true)]
    public void Fractions_are_close_by_their_difference(double? a, double? b, bool close) =>
        (new Tolerances().Beyond([new Figure("x", a, IsFraction: true)], [new Figure("x", b, IsFraction: true)]).Count == 0).ShouldBe(close);

    [Theory]
    [InlineData(100, 105, true)]
    [InlineData(100, 106, false)]
    [InlineData(-1, 1, false)]
    [InlineData(0, 0, true)]
    public void Other_figures_are_close_by_their_ratio(double a, double b, bool close) =>
        (new Tolerances().Beyond([new Figure("x", a, IsFraction: false)], [new Figure("x", b, IsFraction: false)]).Count == 0).ShouldBe(close);

    [Fact]
    public void A_figure_that_only_one_side_has_is_not_close() => new Tolerances().Beyond([new Figure("x", 1, IsFraction: false)], [new Figure("y", 1, IsFraction: false)]).ShouldBe(["x", "y"]);
}
