using CsCheck;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;

namespace Ledger.Tests.Compression;

public class ActivationQuantizerTests : TorchTests
{
    [Fact]
    public void Values_are_requantized_behind_normalisation_relus_and_logits_but_not_before_a_fused_relu()
    {
        var nodes = Zoo("small-cnn").Architecture;
        string[] expected = [.. nodes.Nodes.Where(node => node is Normalize or Relu).Select(node => node.Id), nodes.Nodes[^1].Id];

        Places(nodes).ShouldBe(expected);
        expected.Length.ShouldBe(5);
    }

    [Fact]
    public void Additions_are_quantized_with_both_their_inputs() =>
        Places(BatchNormFolding.Fold(State(Residual)).Architecture).ShouldBe(["normalize", "stem_relu", "inner_relu", "outer", "add_relu", "pool", "head"]);

    [Fact]
    public void Pixels_that_nothing_normalises_are_quantized_themselves() =>
        Places(new Architecture([4, 1, 1], 2, [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], 4, 2, false)])).ShouldBe(["input", "fc"]);

    [Fact]
    public void Zero_is_exact_and_the_range_is_covered() => Gen.Select(Gen.Float[-5, 0], Gen.Float[0.001f, 5], Gen.Int[2, 16]).Sample((low, high, bits) =>
    {
        var node = new ActivationRange(low, high).Levels(bits, LevelForm.Affine);

        node.ZeroPoint.ShouldBeInRange(node.Low, node.High);
        (node.High - node.Low).ShouldBe((1 << bits) - 1);
        ((node.Low - node.ZeroPoint) * node.Scale).ShouldBe(low, (node.Scale / 2) + 1e-5);
        ((node.High - node.ZeroPoint) * node.Scale).ShouldBe(high, (node.Scale / 2) + 1e-5);
    });

    [Fact]
    public void Levels_of_nni_are_symmetric_or_one_fewer() => Gen.Select(Gen.Float[-5, 0], Gen.Float[0.001f, 5], Gen.Int[2, 16]).Sample((low, high, bits) =>
    {
        var (symmetric, affine) = (new ActivationRange(low, high).Levels(bits, LevelForm.Symmetric), new ActivationRange(low, high).Levels(bits, LevelForm.AffineOdd));
        var half = (1 << (bits - 1)) - 1;

        (symmetric.ZeroPoint, symmetric.Low, symmetric.High, affine.Low, affine.High).ShouldBe((0, -half, half, -half, half));
        (symmetric.Scale * half).ShouldBe(Math.Max(-low, high), 1e-5f);
        ((affine.High - affine.ZeroPoint) * affine.Scale).ShouldBe(high, (affine.Scale / 2) + 1e-5f);
        ((affine.Low - affine.ZeroPoint) * affine.Scale).ShouldBe(low, (affine.Scale / 2) + 1e-5f);
    });

    [Theory]
    [InlineData(LevelForm.Affine)]
    [InlineData(LevelForm.AffineOdd)]
    [InlineData(LevelForm.Symmetric)]
    public void A_range_of_nothing_but_zero_has_scale_one(LevelForm form) => new ActivationRange(0, 0).Levels(4, form).Scale.ShouldBe(1);

    [Fact]
    public void Nni_rounds_inputs_and_outputs_of_layers_and_outputs_of_relus()
    {
        var nodes = State(new Architecture([1, 2, 2], 2,
        [
            new Normalize("normalize", ["input"], [0.5], [0.5]), new Flatten("flat", ["normalize"]), new Linear("one", ["flat"], 4, 3, true), new Relu("relu", ["one"]), new Linear("two", ["relu"], 3, 2, true),
        ])).Architecture;
        var points = QuantizationPoints.Of(nodes, ActivationScheme.Nni);

        points.ShouldBe(
        [
            new("flat", "one", LevelForm.Symmetric), new("one", null, LevelForm.Symmetric), new("relu", null, LevelForm.AffineOdd),
            new("relu", "two", LevelForm.Symmetric), new("two", null, LevelForm.Symmetric),
        ]);
        ActivationQuantizer.Insert(nodes, points.ToDictionary(point => point, _ => new ActivationRange(-1, 1)), 4).Nodes
            .Select(node => $"{node.Id}<{string.Join(",", node.Inputs)}").ShouldBe(
            [
                "normalize<input", "flat<normalize", "one_input<flat", "one<one_input", "one_quantized<one", "relu<one_quantized", "relu_quantized<relu",
                "two_input<relu_quantized", "two<two_input", "two_quantized<two",
            ]);
    }

    [Fact]
    public void Batch_norm_that_stays_is_quantized_with_its_relu() =>
        Places(BatchNormFolding.Fold(State(PreActivation)).Architecture).ShouldBe(["normalize", "first_relu", "inner_relu", "outer", "shortcut", "add", "last_relu", "pool", "head"]);

    [Fact]
    public void Quantized_values_differ_by_at_most_half_a_step_inside_the_range_and_take_few_levels()
    {
        var architecture = new Architecture([1, 20, 20], 400, [new Flatten("flat", ["input"])]);
        var images = Images(architecture, 1);
        var ranges = new Dictionary<QuantizationPoint, ActivationRange> { [new("input", null, LevelForm.Affine)] = new(0, 1) };
        using var network = Network.Load(ActivationQuantizer.Insert(architecture, ranges, bits: 4), []);

        var quantized = network.Forward(images);

        LargestDifference(quantized, images.flatten(1)).ShouldBeInRange(0.01f, (0.5f / 15) + 1e-6f);
        quantized.data<float>().ToArray().Distinct().Count().ShouldBeLessThanOrEqualTo(16);
    }

    [Fact]
    public void Sixteen_bits_leave_the_logits_nearly_as_they_were()
    {
        var model = BatchNormFolding.Fold(State(Residual));
        var images = Images(Residual, 16);
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        var ranges = Calibration.Ranges(network, QuantizationPoints.Of(model.Architecture, ActivationScheme.Affine), () => [images], null, 16);
        var quantized = model with { Architecture = ActivationQuantizer.Insert(model.Architecture, ranges, 16) };

        LargestDifference(Logits(quantized, images), Logits(model, images)).ShouldBeInRange(1e-9f, 1e-3f);
    }

    private static IEnumerable<string> Places(Architecture architecture) => QuantizationPoints.Of(architecture, ActivationScheme.Affine).Select(point => point.Source);
}
