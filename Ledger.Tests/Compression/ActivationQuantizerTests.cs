using CsCheck;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;
using static TorchSharp.torch;

namespace Ledger.Tests.Compression;

public class ActivationQuantizerTests : TorchTests
{
    [Fact]
    public void Values_are_requantized_behind_normalisation_relus_and_logits_but_not_before_a_fused_relu()
    {
        var nodes = Zoo("small-cnn").Architecture;
        string[] expected = [.. nodes.Nodes.Where(node => node is Normalize or Relu).Select(node => node.Id), nodes.Nodes[^1].Id];

        ActivationQuantizer.Places(nodes).ShouldBe(expected);
        expected.Length.ShouldBe(5);
    }

    [Fact]
    public void Additions_are_quantized_with_both_their_inputs() =>
        ActivationQuantizer.Places(BatchNormFolding.Fold(State(Residual)).Architecture)
            .ShouldBe(["normalize", "stem_relu", "inner_relu", "outer", "add_relu", "pool", "head"]);

    [Fact]
    public void Pixels_that_nothing_normalises_are_quantized_themselves() =>
        ActivationQuantizer.Places(new Architecture([4, 1, 1], 2, [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], 4, 2, false)])).ShouldBe(["input", "fc"]);

    [Fact]
    public void Zero_is_exact_and_the_range_is_covered() => Gen.Select(Gen.Float[-5, 0], Gen.Float[0.001f, 5], Gen.Int[2, 16]).Sample((low, high, bits) =>
    {
        var node = new ActivationRange(low, high).Node("q", "x", bits);

        node.ZeroPoint.ShouldBeInRange(node.Low, node.High);
        (node.High - node.Low).ShouldBe((1 << bits) - 1);
        ((node.Low - node.ZeroPoint) * node.Scale).ShouldBe(low, (node.Scale / 2) + 1e-5);
        ((node.High - node.ZeroPoint) * node.Scale).ShouldBe(high, (node.Scale / 2) + 1e-5);
        node.Scale.ShouldBe((double)(float)node.Scale);
    });

    [Fact]
    public void Ranges_hold_zero_and_what_was_seen()
    {
        var architecture = new Architecture([2, 1, 1], 2, [new Normalize("normalize", ["input"], [0, 0], [1, 1]), new Flatten("flat", ["normalize"])]);
        using var network = Network.Load(architecture, []);

        var range = ActivationQuantizer.Ranges(network, [tensor([0.25f, 0.5f], [1, 2, 1, 1]), tensor([0.75f, 0.5f], [1, 2, 1, 1])])["normalize"];

        range.ShouldBe(new ActivationRange(0, 0.75f));
    }

    [Fact]
    public void Quantized_values_differ_by_at_most_half_a_step_inside_the_range_and_take_few_levels()
    {
        var architecture = new Architecture([1, 20, 20], 400, [new Flatten("flat", ["input"])]);
        var images = Images(architecture, 1);
        var ranges = new Dictionary<string, ActivationRange> { ["input"] = new(0, 1) };
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
        var quantized = model with { Architecture = ActivationQuantizer.Insert(model.Architecture, ActivationQuantizer.Ranges(network, [images]), 16) };

        LargestDifference(Logits(quantized, images), Logits(model, images)).ShouldBeInRange(1e-9f, 1e-3f);
    }
}
