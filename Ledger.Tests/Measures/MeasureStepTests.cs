using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Measures;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Measures;

public class MeasureStepTests : TorchTests
{
    [Fact]
    public async Task Accuracy_comes_with_its_interval_and_the_outcomes()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();

        var measured = MeasureStep.Run(situation.Task(new MeasureSpec(["accuracy"], StepSituation.Test(300)), network), TestContext.Current.CancellationToken).Completion;

        var outcomes = await Outcomes.ReadAsync(new MemoryStream(situation.Store.ReadAll(ContentHash.Parse(measured.Outcomes!.Digest))));
        outcomes.Count.ShouldBe(300);
        outcomes.ShouldAllBe(outcome => outcome.Correct == (outcome.CleanPrediction == outcome.Label) && outcome.AdversarialPrediction == null && !outcome.Broken);
        Value(measured, "clean_accuracy").ShouldBe(outcomes.Count(outcome => outcome.Correct) / 300.0);
        Value(measured, "clean_accuracy").ShouldBeInRange(0.55, 0.8);
        Value(measured, "clean_low").ShouldBeLessThan(Value(measured, "clean_accuracy"));
        Value(measured, "clean_high").ShouldBeGreaterThan(Value(measured, "clean_accuracy"));
        measured.ExamplesDigest.ShouldNotBeNull();
    }

    // Newcombe 1998, table I, method 3: 81 of 263.
    [Fact]
    public void The_interval_is_Wilsons()
    {
        var metrics = MeasureStep.CleanAccuracy(81, 263).ToDictionary(metric => metric.Name, metric => metric.Value!.Value);

        metrics["clean_low"].ShouldBe(0.2553, 5e-5);
        metrics["clean_high"].ShouldBe(0.3662, 5e-5);
        metrics["examples"].ShouldBe(263);
    }

    [Fact]
    public void Size_and_work_follow_from_graph_and_weights()
    {
        using var situation = new StepSituation();
        using var network = Nets.SmallCnn();

        var measured = MeasureStep.Run(
            situation.Task(new MeasureSpec(["parameters", "bytes", "macs", "sparsity"], null), network), TestContext.Current.CancellationToken).Completion;

        measured.Metrics.Select(metric => (metric.Name, metric.Value, metric.Unit)).ShouldBe(
        [
            ("parameters", 421_642, "count"), ("nonzero_parameters", 421_642, "count"), ("size_bytes", 1_686_568, "bytes"), ("dense_bytes", 1_686_568, "bytes"),
            ("bits_weights", 32, "bits"), ("bits_activations", 32, "bits"),
            ("macs", 4_241_152, "count"), ("effective_macs", 4_241_152, "count"), ("sparsity", 0, "fraction"),
        ]);
        measured.Metrics.ShouldAllBe(metric => metric.Class == MetricClass.Computed);
        measured.Outcomes.ShouldBeNull();
    }

    [Fact]
    public void Latency_is_observed_and_says_batch_and_threads()
    {
        using var situation = new StepSituation();
        using var network = Nets.SmallCnn(width: 0.1);

        var measured = MeasureStep.Run(situation.Task(new MeasureSpec(["latency"], null), network), TestContext.Current.CancellationToken).Completion;

        measured.Metrics.ShouldAllBe(metric => metric.Class == MetricClass.Observed && metric.Value > 0);
        (Value(measured, "latency_batch"), Value(measured, "latency_threads")).ShouldBe((1, 1));
        measured.Metrics.Select(metric => metric.Name).ShouldContain("latency_ms_p50_batch_128");
    }

    [Theory]
    [InlineData("accuracy", "names no data")]
    [InlineData("speed", "no metric 'speed'")]
    public void What_cannot_be_measured_is_refused(string metric, string reason)
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();

        Should.Throw<StepFailure>(() => MeasureStep.Run(situation.Task(new MeasureSpec([metric], null), network), TestContext.Current.CancellationToken))
            .Message.ShouldContain(reason);
    }

    [Fact]
    public void Figures_of_many_layers_fit_into_the_event()
    {
        MetricValue[] metrics = [.. Enumerable.Range(0, 2000).Select(layer => new MetricValue("log10_condition", Math.Sqrt(layer), "ratio", MetricClass.Computed, $"block{layer}.conv1"))];
        Payload.Check("run/1", [new MeasurementCompleted("layers", metrics, null, null, 0.5)]).ShouldHaveSingleItem().Length.ShouldBeGreaterThan(100_000);
    }

    [Fact]
    public void Weights_that_are_not_finite_have_no_spectrum()
    {
        using var network = Nets.Mlp(1, 4);
        using (TorchSharp.torch.no_grad())
            network["fc1.weight"].fill_(float.NaN);
        Should.Throw<StepFailure>(() => Measuring.Of(network, new MeasureSpec(["condition-number"], null))).Code.ShouldBe(FailureCodes.Diverged);
    }

    private static double Value(MeasurementCompleted measured, string name) => measured.Metrics.Single(metric => metric.Name == name).Value!.Value;
}
