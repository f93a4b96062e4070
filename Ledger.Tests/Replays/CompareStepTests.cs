using Ledger.Domain.Models;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

/// <summary>The verdict on one step, from its events alone.</summary>
public sealed class CompareStepTests
{
    private static readonly MeasurementCompleted Measured = new(
        "clean", [new MetricValue("clean_accuracy", 0.9, "fraction", MetricClass.Computed), new MetricValue("latency_ms_p50", 3, "ms", MetricClass.Observed)], null, null, 1);

    private static readonly AttackCompleted Attacked = new("pgd", new ArtifactRef("o", 1), "e", 100, 90, 45, "3d00810f", 0.01, "exact", 900, 0.03, 3.5, Standing: "bits");

    [Fact]
    public void Durations_and_observed_metrics_are_not_judged() => Compare(
        Trace(Measured), Trace(Measured with { Seconds = 9, Metrics = [Measured.Metrics[0], Measured.Metrics[1] with { Value = 30 }] }))
        .ShouldBe(new StepCompared("clean", "identical", null, null, null));

    [Fact]
    public void What_an_older_record_does_not_have_is_not_compared() =>
        Compare(Trace(Attacked with { Standing = null, ForwardEvaluations = null }), Trace(Attacked with { ForwardEvaluations = 5 })).Verdict.ShouldBe("identical");

    [Fact]
    public void The_first_epoch_that_differs_is_named_with_its_tensor()
    {
        var compared = Compare(
            Training(Epoch(1, "aaaaaaaabbbbbbbb"), Epoch(2, "aaaaaaaabbbbbbbb"), Epoch(3, "aaaaaaaabbbbbbbb")),
            Training(Epoch(1, "aaaaaaaabbbbbbbb"), Epoch(2, "aaaaaaaacccccccc"), Epoch(3, "ddddddddcccccccc")),
            new ContentDifference("tensor a", 0.5, 7, ["a", "b"]));
        compared.ShouldBe(new StepCompared("base", "diverged", "epoch 2: tensor b", 0.5, 7));
    }

    [Fact]
    public void Without_digests_of_tensors_the_field_is_named() =>
        Compare(Training(Epoch(1)), Training(Epoch(1) with { Loss = 0.25 })).FirstDifference.ShouldBe("epoch 1: loss");

    [Fact]
    public void Elsewhere_a_small_difference_is_close_and_in_the_same_place_it_is_not()
    {
        var near = Trace(Measured with { Metrics = [Measured.Metrics[0] with { Value = 0.91 }] });
        Compare(Trace(Measured), near, elsewhere: true).Verdict.ShouldBe("close");
        Compare(Trace(Measured), near).Verdict.ShouldBe("diverged");
        Compare(Trace(Measured), Trace(Measured with { Metrics = [Measured.Metrics[0] with { Value = 0.87 }] }), elsewhere: true).Verdict.ShouldBe("diverged");
    }

    [Fact]
    public void An_attack_is_close_by_its_accuracies()
    {
        var other = Attacked with { Outcomes = new ArtifactRef("p", 1), Broken = 46, MaxDistance = 0.029, GradientEvaluations = 910 };
        Compare(Trace(Attacked), Trace(other), elsewhere: true).Verdict.ShouldBe("close");
        Compare(Trace(Attacked), Trace(other with { Broken = 48 }), elsewhere: true).Verdict.ShouldBe("diverged");
    }

    [Fact]
    public void The_same_failure_is_the_same_result()
    {
        var diverged = new StepFailed("base", "diverged", "loss of epoch 2 is not finite");
        Compare(Trace(diverged), Trace(diverged with { Message = "in other words" })).Verdict.ShouldBe("identical");
        Compare(Trace(diverged), Trace(ARun.Trained)).ShouldBe(new StepCompared("base", "diverged", "the original failed with diverged", null, null));
        Compare(Trace(ARun.Trained), Trace(diverged)).FirstDifference.ShouldBe("failed with diverged, the original completed");
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("timeout")]
    [InlineData("out-of-memory")]
    public void What_was_ended_from_outside_cannot_be_compared(string code)
    {
        var failed = new StepFailed("base", code, "x");
        Compare(Trace(failed), Trace(ARun.Trained)).Verdict.ShouldBe("not-comparable");
        Compare(Trace(ARun.Trained), Trace(failed)).ShouldBe(new StepCompared("base", "not-comparable", $"the replay failed with {code}: x", null, null));
    }

    [Fact]
    public void What_differed_before_it_was_ended_has_diverged() =>
        Compare(Training(Epoch(1), Epoch(2)), new StepTrace("base", EventExamples.Fields, [Epoch(1) with { Loss = 9 }], null)).Verdict.ShouldBe("diverged");

    [Fact]
    public void Other_examples_cannot_be_compared_but_another_network_is_the_step_before_s_matter()
    {
        var theirs = EventExamples.Fields with { Inputs = new Dictionary<string, string> { ["data"] = "d2" } };
        var mine = EventExamples.Fields with { Inputs = new Dictionary<string, string> { ["data"] = "d1" } };
        Compare(Trace(Measured) with { Fields = mine }, Trace(Measured) with { Fields = theirs }).Verdict.ShouldBe("not-comparable");
        Compare(
            Trace(Measured) with { Fields = mine with { Inputs = new Dictionary<string, string> { ["model.weights"] = "w1" } } },
            Trace(Measured) with { Fields = mine with { Inputs = new Dictionary<string, string> { ["model.weights"] = "w2" } } }).Verdict.ShouldBe("identical");
    }

    [Fact]
    public void A_trace_begins_anew_when_its_step_is_started_again()
    {
        var trace = StepTrace.Of("base", [.. ARun.Training, ARun.Epoch(1), ARun.Epoch(2), new Resumed(ARun.Bob, 2), ARun.BaseStarted, ARun.Epoch(1), ARun.Trained]);
        trace.Epochs.Count.ShouldBe(1);
        trace.Ending.ShouldBe(ARun.Trained);
    }

    [Fact]
    public void A_trace_goes_on_where_a_checkpoint_was_gone_on_from() => StepTrace.Of(
        "base", [.. ARun.Training, ARun.Epoch(1), ARun.Epoch(2), ARun.Epoch(3), new Resumed(ARun.Bob, 2), ARun.BaseStarted with { AfterEpoch = 2 }, ARun.Epoch(3), ARun.Trained])
        .Epochs.Select(epoch => epoch.Epoch).ShouldBe([1, 2, 3]);

    private static StepCompared Compare(StepTrace original, StepTrace replay, ContentDifference? apart = null, bool elsewhere = false) =>
        new CompareStep(new Tolerances()).Of(original, replay, elsewhere, apart);

    private static StepTrace Trace(RunEvent ending) => new(
        ending switch { StepCompletion done => done.Step, StepFailed failed => failed.Step, _ => "" }, EventExamples.Fields, [], ending);

    private static StepTrace Training(params EpochCompleted[] epochs) => new("base", EventExamples.Fields, epochs, ARun.Trained);

    private static EpochCompleted Epoch(int number, string? digests = null) => ARun.Epoch(number) with { WeightsDigest = digests ?? "w", TensorDigests = digests };
}
