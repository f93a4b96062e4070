using CsCheck;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compression;

public class WeightQuantizerTests
{
    private static readonly Gen<float[]> Weights =
        Gen.Select(Gen.Float[-1, 1].Array[4], Gen.Float[-0.1f, 0.1f].Array[4], (large, small) => (float[])[.. large, .. small]);

    [Fact]
    public void Errors_are_at_most_half_a_step() => Gen.Select(Weights, Gen.Int[2, 16], Gen.Enum<Granularity>()).Sample((weights, bits, granularity) =>
    {
        var quantized = WeightQuantizer.Quantize(Layer(weights), bits, granularity);
        var scales = quantized.Floats("fc.weight_scale");
        var back = WeightQuantizer.Dequantize(quantized).Floats("fc.weight");

        for (var i = 0; i < weights.Length; i++)
            Math.Abs((double)back[i] - weights[i]).ShouldBeLessThanOrEqualTo((scales[scales.Length == 1 ? 0 : i / 4] / 2.0) + 1e-7);
    });

    [Fact]
    public void Scales_per_channel_are_no_larger_than_that_of_the_tensor() => Gen.Select(Weights, Gen.Int[2, 8]).Sample((weights, bits) =>
    {
        var tensor = WeightQuantizer.Quantize(Layer(weights), bits, Granularity.PerTensor).Floats("fc.weight_scale").Single();

        WeightQuantizer.Quantize(Layer(weights), bits, Granularity.PerChannel).Floats("fc.weight_scale").ShouldContain(tensor);
        WeightQuantizer.Quantize(Layer(weights), bits, Granularity.PerChannel).Floats("fc.weight_scale").ShouldAllBe(scale => scale <= tensor || scale == 1);
    });

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void Channels_of_different_size_err_less_with_scales_of_their_own(int bits)
    {
        float[] weights = [1, -0.7f, 0.3f, 0.55f, 0.01f, -0.007f, 0.003f, 0.0055f];

        MeanError(weights, bits, Granularity.PerChannel).ShouldBeLessThan(MeanError(weights, bits, Granularity.PerTensor));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Integers_take_at_most_two_to_the_bits_values_and_are_symmetric(int bits)
    {
        var weights = Enumerable.Range(0, 1024).Select(i => (i - 512) / 512f).ToArray();
        var model = ModelState.Of(
            new Architecture([512, 1, 1], 2, [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], 512, 2, false)]),
            [StepSituation.Floats("fc.weight", [2, 512], weights)]);

        var integers = Integers(WeightQuantizer.Quantize(model, bits, Granularity.PerTensor));

        integers.Distinct().Count().ShouldBe((1 << bits) - 1);
        (integers.Min(), integers.Max()).ShouldBe(((sbyte)-((1 << (bits - 1)) - 1), (sbyte)((1 << (bits - 1)) - 1)));
    }

    [Fact]
    public void Halves_are_rounded_to_even() =>
        Integers(WeightQuantizer.Quantize(Layer([127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 0, 0]), 8, Granularity.PerTensor)).ShouldBe([127, 0, 2, 2, 0, -2, 0, 0]);

    [Fact]
    public void A_channel_of_zeros_stays_zero()
    {
        var quantized = WeightQuantizer.Quantize(Layer([1, 2, 3, 4, 0, 0, 0, 0]), 8, Granularity.PerChannel);

        quantized.Floats("fc.weight_scale").ShouldBe([4f / 127, 1]);
        WeightQuantizer.Dequantize(quantized).Floats("fc.weight")[4..].ShouldBe([0, 0, 0, 0]);
    }

    [Theory]
    [InlineData(8, TensorType.I8)]
    [InlineData(9, TensorType.I16)]
    [InlineData(16, TensorType.I16)]
    public void More_than_eight_bits_take_two_bytes(int bits, TensorType type) =>
        WeightQuantizer.Quantize(Layer([1, 2, 3, 4, 5, 6, 7, 8]), bits, Granularity.PerTensor).Tensors["fc.weight"].Type.ShouldBe(type);

    private static ModelState Layer(float[] weights) => ModelState.Of(
        new Architecture([4, 1, 1], 2, [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], 4, 2, false)]),
        [StepSituation.Floats("fc.weight", [2, 4], weights)]);

    private static sbyte[] Integers(ModelState model) => [.. model.Tensors["fc.weight"].Data.ToArray().Select(value => (sbyte)value)];

    private static double MeanError(float[] weights, int bits, Granularity granularity) =>
        WeightQuantizer.Dequantize(WeightQuantizer.Quantize(Layer(weights), bits, granularity)).Floats("fc.weight")
            .Zip(weights, (back, weight) => Math.Abs((double)back - weight)).Average();
}
