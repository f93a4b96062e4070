using Ledger.Domain.Models;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Models;

public class CostTests
{
    // 28×28·32·9 + 14×14·64·(32·9) + 3136·128 + 128·10.
    [Fact]
    public void The_small_cnn_has_421642_parameters_and_4241152_multiply_accumulates()
    {
        Cost.Parameters(SmallCnn()).ShouldBe(421_642);
        Cost.Of(SmallCnn()).Select(node => node.Macs).Where(macs => macs > 0).ShouldBe([225_792, 3_612_672, 401_408, 1_280]);
        Cost.Macs(SmallCnn()).ShouldBe(4_241_152);
        Cost.DenseBytes(SmallCnn()).ShouldBe(4 * 421_642);
        Cost.DeploymentBytes(SmallCnn()).ShouldBe(4 * 421_642);
    }

    [Fact]
    public void Effective_multiply_accumulates_count_nonzero_weights_where_they_are_used()
    {
        var nonzero = new Dictionary<string, long> { ["conv1"] = 100, ["conv2"] = 1_000, ["fc1"] = 10_000, ["fc2"] = 0 };

        Cost.EffectiveMacs(SmallCnn(), nonzero).ShouldBe((100 * 784) + (1_000 * 196) + 10_000);
    }

    [Fact]
    public void Bits_are_means_over_weights_and_over_what_layers_read()
    {
        var net = new Architecture(
            [1, 4, 4], 2,
            [
                new FakeQuantize("pixels", ["input"], 8, 1, 0, 0, 255), new Conv2d("conv", ["pixels"], 1, 2, 3, 1, 1, false, new(4, Granularity.PerTensor)),
                new Relu("relu", ["conv"]), new FakeQuantize("rounded", ["relu"], 4, 1, 0, 0, 15), new MaxPool2d("pool", ["rounded"], 2, 2),
                new Flatten("flat", ["pool"]), new Linear("fc1", ["flat"], 8, 3, false, new(2, Granularity.PerTensor)), new Linear("fc2", ["fc1"], 3, 2, false),
            ]);

        // 18 weights of 4 bits, 24 of 2, 6 of 32.
        Cost.WeightBits(net).ShouldBe(((18 * 4) + (24 * 2) + (6 * 32)) / 48.0);
        Cost.ActivationBits(net).ShouldBe((8 + 4 + 32) / 3.0);
        (Cost.WeightBits(SmallCnn()), Cost.ActivationBits(SmallCnn())).ShouldBe((32, 32));
    }

    [Theory]
    [InlineData(8, Granularity.PerTensor, 30 + 4 + 8)]
    [InlineData(8, Granularity.PerChannel, 30 + 8 + 8)]
    [InlineData(4, Granularity.PerTensor, 15 + 4 + 8)]
    [InlineData(3, Granularity.PerTensor, 12 + 4 + 8)]
    [InlineData(16, Granularity.PerTensor, 60 + 4 + 8)]
    public void Quantized_weights_are_packed_and_keep_float_scales_and_biases(int bits, Granularity granularity, long expected)
    {
        var net = new Architecture([15, 1, 1], 2, [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], 15, 2, true, new(bits, granularity))]);

        Cost.DeploymentBytes(net).ShouldBe(expected);
        (Cost.WeightBits(net), Cost.ActivationBits(net)).ShouldBe((bits, 32));
        Cost.DenseBytes(net).ShouldBe(4 * 32);
        Cost.Parameters(net).ShouldBe(32);
    }

    [Fact]
    public void Batch_norm_has_two_parameters_a_channel_and_stores_four()
    {
        var net = new Architecture([3, 8, 8], 3, [new BatchNorm2d("bn", ["input"], 3), new GlobalAveragePool("pool", ["bn"])]);

        Cost.Parameters(net).ShouldBe(6);
        Cost.DenseBytes(net).ShouldBe(48);
        Cost.Macs(net).ShouldBe(0);
    }

    [Fact]
    public void A_quantized_activation_stores_its_scale_and_zero_point()
    {
        var net = new Architecture([2, 1, 1], 2, [new Flatten("flat", ["input"]), new FakeQuantize("q", ["flat"], 8, 0.1, 3, 0, 255)]);

        Cost.DeploymentBytes(net).ShouldBe(8);
    }

    private static Architecture SmallCnn() => new([1, 28, 28], 10,
    [
        new Normalize("normalize", ["input"], [0.5], [0.5]),
        new Conv2d("conv1", ["normalize"], 1, 32, 3, 1, 1, true), new Relu("relu1", ["conv1"]), new MaxPool2d("pool1", ["relu1"], 2, 2),
        new Conv2d("conv2", ["pool1"], 32, 64, 3, 1, 1, true), new Relu("relu2", ["conv2"]), new MaxPool2d("pool2", ["relu2"], 2, 2),
        new Flatten("flat", ["pool2"]), new Linear("fc1", ["flat"], 3136, 128, true), new Relu("relu3", ["fc1"]), new Linear("fc2", ["relu3"], 128, 10, true),
    ]);
}
