using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Ledger.Tests.Training;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;
using static TorchSharp.torch;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Compression;

public class QuantizationAwareTests : TorchTests
{
    private static readonly QuantizationAware Int4 = new(4, Granularity.PerChannel, 4, StepSituation.Train(64), StraightThrough.Clipped, Ema: 0.99);

    public static TheoryData<string> Kinds => ["moving", "frozen", "per tensor", "float activations", "nni"];

    private static QuantizationAware Spec(string kind) => kind switch
    {
        "moving" => Int4,
        "frozen" => Int4 with { Ema = null, Gradient = StraightThrough.Identity },
        "per tensor" => Int4 with { Weights = Granularity.PerTensor, Bits = 8, Activations = 8 },
        "float activations" => Int4 with { Activations = null },
        _ => Int4 with { Scheme = ActivationScheme.Nni },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_network_yet_to_be_trained_computes_what_post_training_quantization_gives(string kind)
    {
        using var situation = new StepSituation();
        using var float32 = Nets.SmallCnn(width: 0.25);
        var (spec, images) = (Spec(kind), Images(float32.Architecture, 16));
        var ptq = new PostTrainingQuantization(spec.Bits, spec.Weights, spec.Activations, spec.Calibration, spec.Rule, spec.Scheme);

        var latent = Load(situation, Compress(situation, float32, spec).Model);

        Logits(latent, images).ShouldBe(Logits(Load(situation, Compress(situation, float32, ptq).Model), images));
        latent.Tensors["fc1.weight"].Type.ShouldBe(Domain.Artifacts.TensorType.F32);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fine_tuning_changes_the_latent_weights_and_ends_with_integers_that_compute_the_same(string kind)
    {
        using var situation = new StepSituation();
        using var float32 = Nets.SmallCnn(width: 0.25);
        var latent = Compress(situation, float32, Spec(kind)).Model;

        var tuned = Load(situation, Tune(situation, latent, Sample.Pgd2).Model);

        tuned.Layers.ShouldAllBe(layer => layer.Quantized != null && layer.Quantized.Latent == null);
        tuned.Architecture.Nodes.OfType<FakeQuantize>().ShouldAllBe(node => node.Training == null);
        tuned.Tensors.Keys.ShouldNotContain(name => name.EndsWith(".range"));
        tuned.Floats("fc1.weight_scale").ShouldNotBe(QuantizedTraining.Finish(Load(situation, latent)).Floats("fc1.weight_scale"));
    }

    [Fact]
    public void What_is_saved_computes_what_was_trained_to_the_bit()
    {
        using var situation = new StepSituation();
        using var float32 = Nets.SmallCnn(width: 0.25);
        var latent = Load(situation, Compress(situation, float32, Int4).Model);
        var images = Images(latent.Architecture, 16);
        using var network = Network.Load(latent.Architecture, [.. latent.Tensors.Values]);
        using (no_grad())
        {
            network["conv1.weight"].mul_(1.37).add_(0.01);
            network.Training = true;
            network.Forward(images * 3).Dispose();
            network.Training = false;
        }

        var before = network.Forward(images).data<float>().ToArray();
        var finished = QuantizedTraining.Finish(ModelState.Of(network.Architecture, network.State()));

        Logits(finished, images).ShouldBe(before);
        finished.Architecture.Nodes.OfType<FakeQuantize>().First().Scale.ShouldBeGreaterThan(latent.Architecture.Nodes.OfType<FakeQuantize>().First().Scale);
    }

    [Fact]
    public void Ranges_follow_training_batches_by_their_decay_and_nothing_else()
    {
        using var network = OneRange(ema: 0.9, StraightThrough.Identity, low: -1, high: 1);
        float[] Range() => network["q.range"].data<float>().ToArray();

        network.Forward(Pair(0.5f, 3));
        Range().ShouldBe([-1, 1]);
        network.Training = true;
        network.Forward(Pair(0.5f, 3));

        Range()[0].ShouldBe(-0.9f, 1e-6f);
        Range()[1].ShouldBe(0.9f + 0.3f, 1e-6f);
    }

    [Theory]
    [InlineData(StraightThrough.Identity, 1, 1, 1)]
    [InlineData(StraightThrough.Clipped, 1, 1, 0)]
    public void Gradients_pass_inside_the_range_and_outside_where_not_clipped(StraightThrough gradient, float inside, float edge, float outside)
    {
        using var network = OneRange(ema: null, gradient, low: 0, high: 1);
        var values = tensor([0.4f, 1.02f, -0.5f, 7], [2, 2, 1, 1]).requires_grad_(true);

        var found = autograd.grad([network.Forward(values).sum()], [values])[0].data<float>().ToArray();

        // 1.02 rounds to the highest of 16 levels 1/15 apart: still inside.
        found.ShouldBe([inside, edge, outside, outside]);
    }

    [Fact]
    public void A_weights_gradient_is_that_of_the_rounded_weight()
    {
        var architecture = new Architecture([3, 1, 1], 2,
            [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], 3, 2, false, new WeightQuantization(2, Granularity.PerChannel, Latent: true))]);
        using var network = Network.Load(architecture, [StepSituation.Floats("fc.weight", [2, 3], [0.9f, 0.5f, -0.2f, 0.1f, -0.4f, 0.15f])]);
        var input = tensor([1f, 2, 3], [1, 3, 1, 1]);

        var logits = network.Forward(input);
        logits.sum().backward();

        // Two bits: −1, 0 and 1 times the largest of the row; 0.5/0.9 rounds to 1, 0.15/0.4 to 0.
        logits.data<float>().ToArray().ShouldBe([0.9f + (2 * 0.9f), -0.8f]);
        network["fc.weight"].grad!.data<float>().ToArray().ShouldBe([1, 2, 3, 1, 2, 3]);
    }

    [Fact]
    public void Pruned_weights_stay_zero_through_quantization_aware_training()
    {
        using var situation = new StepSituation();
        using var float32 = Nets.Mlp(2, 16);
        var pruned = Compress(situation, float32, new MagnitudePruning(Exact.Parse("0.8"), Scope.PerLayer)).Model;
        var latent = CompressStep.Run(situation.Task(new CompressSpec(Int4), pruned), _ => { }, TestContext.Current.CancellationToken).Completion.Model;
        var zeros = Load(situation, pruned).Floats("fc1.weight").Index().Where(weight => weight.Item == 0).Select(weight => weight.Index).ToArray();

        var tuned = WeightQuantizer.Dequantize(Load(situation, Tune(situation, latent, null).Model));

        zeros.Length.ShouldBeGreaterThan(9000);
        zeros.ShouldAllBe(index => tuned.Floats("fc1.weight")[index] == 0);
        tuned.Floats("fc1.weight").Count(weight => weight != 0).ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void Fine_tuning_integers_is_refused_with_the_way_to_do_it()
    {
        using var situation = new StepSituation();
        using var float32 = Nets.Mlp(2, 16);
        var integers = Compress(situation, float32, new PostTrainingQuantization(8, Granularity.PerTensor, null, StepSituation.Train(64))).Model;

        Should.Throw<StepFailure>(() => Tune(situation, integers, null)).Message.ShouldContain("compress with method qat");
    }

    private static Network OneRange(double? ema, StraightThrough gradient, float low, float high)
    {
        var node = new ActivationRange(low, high).Levels(4, LevelForm.Affine).Node("q", "input", 4) with { Training = new RangeTraining(gradient, ema, LevelForm.Affine) };
        return Network.Load(new Architecture([2, 1, 1], 2, [node, new Flatten("flat", ["q"])]), ema is null ? [] : [StepSituation.Floats("q.range", [2], [low, high])]);
    }

    private static Tensor Pair(float one, float two) => tensor([one, two], [1, 2, 1, 1]);

    private static float[] Logits(ModelState model, Tensor images) => CompressionNets.Logits(model, images).data<float>().ToArray();

    private static ModelState Load(StepSituation situation, ModelRef model) => CompressStep.Load(situation.Store, model);

    private static CompressionCompleted Compress(StepSituation situation, Network network, CompressionSpec spec) =>
        CompressStep.Run(situation.Task(new CompressSpec(spec), network), _ => { }, TestContext.Current.CancellationToken).Completion;

    private static TrainingCompleted Tune(StepSituation situation, ModelRef model, Adversary? adversary)
    {
        var recipe = new Recipe(new Sgd(0.05, 0.9), new Constant(), 64, 1);
        var task = situation.Task(new TrainSpec(null, StepSituation.Train(256), recipe, adversary), model) with
        {
            Seeds = new Dictionary<string, ulong> { [SeedPurposes.Batches] = 1, [SeedPurposes.Attack] = 2 },
        };
        return TrainStep.Run(task, _ => { }, TestContext.Current.CancellationToken).Completion;
    }
}
