using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Runner.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

/// <summary>Logits (w·x, 0) with w = (1, 1, 1, −1): class 0 where w·x &gt; 0, and one perturbation along −w serves every image of it.</summary>
public class UniversalAttackTests : TorchTests
{
    private static readonly float[] Weights = [1, 1, 1, -1];

    private static readonly ExamplesSpec None = new("", "train", null);

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Gradient_ascent_ends_at_the_corner_or_the_direction_every_image_shares(Norm norm)
    {
        var (network, pixels) = Situation(norm, "0.1");
        using var _ = network;

        var fitted = SgdUniversal.Fit(network, pixels, [0, 0, 0, 0], new UniversalSgd(None, Epochs: 5, Batch: 3), Order(), Stop);

        var length = norm == Norm.Linf ? 0.1f : 0.05f;
        fitted.Value.shape.ShouldBe([1, 1, 2, 2]);
        fitted.Value.data<float>().ToArray().Zip(Weights).ShouldAllBe(pair => Math.Abs(pair.First + (length * pair.Second)) < 1e-6);
        (fitted.Passes, fitted.GradientEvaluations, fitted.ForwardEvaluations).ShouldBe((5, 20, 8));
    }

    [Fact]
    public void Steps_are_the_first_times_the_decay_and_the_cap_silences_images_that_are_lost_already()
    {
        var (network, pixels) = Situation(Norm.Linf, "0.1");
        using var _ = network;
        float Fit(UniversalSgd spec) => SgdUniversal.Fit(network, pixels, [0, 0, 0, 0], spec, Order(), Stop).Value[0, 0, 0, 0].item<float>();

        Fit(new UniversalSgd(None, Epochs: 2, Batch: 4, Step: 0.2, Decay: 0.5)).ShouldBe(-0.1f * (0.2f + 0.1f), 1e-7f);
        Fit(new UniversalSgd(None, Epochs: 2, Batch: 4, Step: 0.2)).ShouldBe(-0.1f * 0.4f, 1e-7f);
        Fit(new UniversalSgd(None, Epochs: 2, Batch: 4, Step: 0.2, Cap: 1e-3)).ShouldBe(0);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void One_step_of_DeepFool_from_the_first_image_fools_all_that_are_nearer(Norm norm)
    {
        // Margins of 0.2, 0.2, 0.2 and 0.2: the first image's step, 1.02 times its distance, fools the others too.
        var (network, pixels) = Situation(norm, "0.3", 0.2f);
        using var _ = network;

        var fitted = DeepFoolUniversal.Fit(network, pixels, new UniversalDeepFool(None), Order(), Stop);

        var expected = 0.2f / 4 * 1.02f;
        fitted.Value.data<float>().ToArray().Zip(Weights).ShouldAllBe(pair => Math.Abs(pair.First + (expected * pair.Second)) < 1e-6);
        (fitted.Passes, fitted.FoolingRate, fitted.GradientEvaluations).ShouldBe((1, 1, 1));
        // Four unperturbed, four for the image that is stepped from and one each for the others, four at the end of the pass.
        fitted.ForwardEvaluations.ShouldBe(4 + 3 + 3 + 4);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Steps_of_DeepFool_are_the_shortest_in_L2_whatever_the_norm_of_the_ball(Norm norm)
    {
        float[] weights = [2, 1, 0.5f, -1];
        var (network, pixels) = Situation(norm, "1", weights: weights, clip: false);
        using var _ = network;
        var one = pixels.narrow(0, 0, 1);
        var excess = network.Logits(one)[0, 0].item<float>();

        var fitted = DeepFoolUniversal.Fit(network, one, new UniversalDeepFool(None), Order(), Stop);

        var squares = weights.Sum(weight => weight * weight);
        fitted.Value.data<float>().ToArray().Zip(weights).ShouldAllBe(pair => Math.Abs(pair.First + (1.02f * excess / squares * pair.Second)) < 1e-6);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void What_is_out_of_reach_ends_on_the_ball_after_all_passes(Norm norm)
    {
        var (network, pixels) = Situation(norm, "0.01", 0.2f);
        using var _ = network;

        var fitted = DeepFoolUniversal.Fit(network, pixels, new UniversalDeepFool(None, Passes: 3), Order(), Stop);

        network.Ball.Length(fitted.Value).item<float>().ShouldBe(0.01f, 1e-7f);
        (fitted.Passes, fitted.FoolingRate).ShouldBe((3, 0));
    }

    [Fact]
    public void Accuracy_and_fooling_rate_are_over_all_examples_wrong_ones_included()
    {
        var (network, _) = Situation(Norm.Linf, "0.1");
        using var __ = network;
        // w·x = 0.3 (which the perturbation takes to −0.1, clipped at black), 0.7 (to 0.3) and −0.1.
        var pixels = tensor(new byte[] { 26, 26, 25, 0, 60, 60, 59, 0, 0, 0, 0, 26 }, [3, 1, 2, 2]);
        var perturbation = new UniversalPerturbation(tensor(Weights).view(1, 1, 2, 2).mul(-0.1f), 2, 0.5, 30, 40);
        var attack = new UniversalAttack("uap", perturbation);
        (double?, double?, double?, int) Measure(long[] labels)
        {
            var found = AttackEvaluation.Run(network, [attack], pixels, labels, [0, 1, 2], seed: 1, Stop);
            var metrics = attack.Metrics(found, network).ToDictionary(metric => metric.Name, metric => metric.Value);
            (metrics["fit_fooling_rate"], metrics["fit_passes"], metrics["fit_gradient_evaluations"], metrics["fit_forward_evaluations"]).ShouldBe((0.5, 2, 30, 40));
            return (metrics["universal_accuracy"], metrics["universal_relative"], metrics["fooling_rate"], found.Broken);
        }

        Measure([0, 0, 1]).ShouldBe((2 / 3.0, 2 / 3.0, 1 / 3.0, 1));
        // One is right with it that is not without.
        Measure([1, 0, 1]).ShouldBe((1, 3 / 2.0, 1 / 3.0, 0));
        Measure([0, 1, 1]).ShouldBe((1 / 3.0, 1 / 2.0, 1 / 3.0, 1));
        Measure([1, 1, 0]).ShouldBe((1 / 3.0, null, 1 / 3.0, 0));
    }

    [Fact]
    public void Wrong_examples_that_become_right_count_as_fooled_and_as_right()
    {
        var (network, _) = Situation(Norm.Linf, "0.1", clip: false);
        using var __ = network;
        var pixels = tensor(new byte[] { 26, 26, 25, 0, 60, 60, 59, 0, 26, 26, 25, 0, 0, 0, 0, 26 }, [4, 1, 2, 2]);
        var attack = new UniversalAttack("uap", new UniversalPerturbation(tensor(Weights).view(1, 1, 2, 2).mul(-0.1f), 1, 1, 0, 0));

        var found = AttackEvaluation.Run(network, [attack], pixels, [0, 0, 1, 0], [0, 1, 2, 3], seed: 1, Stop);
        var metrics = attack.Metrics(found, network).ToDictionary(metric => metric.Name, metric => metric.Value);

        // 0.3 → −0.1 broken; 0.7 → 0.3 stands; wrong at 0.3 → right; wrong stays wrong.
        (found.Correct, found.Broken).ShouldBe((2, 1));
        (metrics["universal_accuracy"], metrics["fooling_rate"]).ShouldBe((0.5, 0.5));
        found.Examples[1].Distance.Linf.ShouldBe(0.1, 1e-6);
    }

    [Theory]
    [InlineData("uap")]
    [InlineData("sgd-uap")]
    public async Task A_step_fits_on_its_own_examples_and_is_the_same_every_time(string name)
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var model = ModelFiles.Save(situation.Store, network);
        UniversalSpec spec = name == "uap"
            ? new UniversalDeepFool(StepSituation.Train(40), Passes: 1)
            : new UniversalSgd(StepSituation.Train(60), Epochs: 2, Batch: 20);
        var step = new AttackStepSpec(new Adversary("all", new Threat(Norm.Linf, Exact.Parse("0.3"), Space.Pixel, Clip: true), spec), StepSituation.Test(130), KeepExamples: true);
        AttackCompleted Run(ulong batches) => AttackStep.Run(
            situation.Task(step, model) with { Seeds = new Dictionary<string, ulong> { [SeedPurposes.Attack] = 1, [SeedPurposes.Batches] = batches } }, Stop).Completion;

        var completed = Run(3);

        (completed with { Seconds = 0, Metrics = null }).ShouldBe(Run(3) with { Seconds = 0, Metrics = null });
        Run(4).Perturbed!.Digest.ShouldNotBe(completed.Perturbed!.Digest);
        completed.Broken.ShouldBeGreaterThan(5);
        completed.MaxDistance.ShouldBe(0.3, 1e-6);
        var outcomes = await Outcomes.ReadAsync(new MemoryStream(situation.Store.ReadAll(ContentHash.Parse(completed.Outcomes.Digest))));
        outcomes.Where(outcome => outcome.Broken).ShouldAllBe(outcome => outcome.BrokenBy == name);
        var metrics = completed.Metrics!.ToDictionary(metric => metric.Name, metric => metric.Value!.Value);
        metrics["universal_accuracy"].ShouldBeInRange((completed.Correct - completed.Broken) / 130.0, 1);
        metrics["fooling_rate"].ShouldBeInRange(completed.Broken / 130.0, 1);
    }

    [Fact]
    public void The_examples_fitted_to_are_pinned_and_the_batches_have_a_seed()
    {
        var step = new AttackStepSpec(
            new Adversary("all", new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, Clip: true), new UniversalSgd(StepSituation.Train(60))), StepSituation.Test(130));

        StepIdentities.ExamplesOf(step).ShouldBe(new Dictionary<string, ExamplesSpec> { ["data"] = StepSituation.Test(130), ["fit"] = StepSituation.Train(60) }, ignoreOrder: true);
        SeedPurposes.Of(step).ShouldBe([SeedPurposes.Batches, SeedPurposes.Attack]);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Generator Order() => Determinism.Generator(1);

    /// <summary>Four images of one margin w·x, and the network before them.</summary>
    private static (AttackedNetwork Network, Tensor Pixels) Situation(Norm norm, string eps, float margin = 1, bool clip = true, float[]? weights = null)
    {
        var architecture = new Architecture([1, 2, 2], 2, [new Flatten("flat", [Architecture.Pixels]), new Linear("head", ["flat"], 4, 2, Bias: false)]);
        var net = Network.Load(architecture, [LinearNets.Floats("head.weight", [2, 4], [.. weights ?? Weights, 0, 0, 0, 0])]);
        var network = new AttackedNetwork(net.Forward, new Threat(norm, Exact.Parse(eps), Space.Pixel, clip), architecture);
        float[] At(float x, float y) => [x, y, 0.4f, x + y + 0.4f - margin];
        return (network, tensor((float[])[.. At(0.3f, 0.35f), .. At(0.35f, 0.3f), .. At(0.32f, 0.33f), .. At(0.33f, 0.36f)], [4, 1, 2, 2]));
    }
}
