using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;
using static TorchSharp.torch;

namespace Ledger.Tests.Compression;

public class StraightThroughTests : TorchTests
{
    [Fact]
    public void With_float_activations_the_input_gradient_is_that_of_the_dequantized_network()
    {
        var quantized = WeightQuantizer.Quantize(Zoo("small-cnn"), 4, Granularity.PerChannel);
        var images = Images(quantized.Architecture);

        Gradient(quantized, images).ShouldBe(Gradient(WeightQuantizer.Dequantize(quantized), images));
    }

    [Fact]
    public void Rounded_activations_let_the_gradient_of_the_dequantized_weights_through()
    {
        // No relu: the gradient is the product of the weights whatever the activations are, outside the range too.
        var linear = State(new Architecture([1, 4, 4], 3,
        [
            new Normalize("normalize", ["input"], [0.5], [0.5]), new Flatten("flat", ["normalize"]), new Linear("one", ["flat"], 16, 8, true), new Linear("two", ["one"], 8, 3, true),
        ]));
        var quantized = WeightQuantizer.Quantize(linear, 8, Granularity.PerTensor);
        var narrow = QuantizationPoints.Of(linear.Architecture, ActivationScheme.Affine).ToDictionary(point => point, _ => new ActivationRange(-0.01f, 0.01f));
        var rounded = quantized with { Architecture = ActivationQuantizer.Insert(quantized.Architecture, narrow, bits: 2) };
        var images = Images(linear.Architecture);

        var expected = Gradient(WeightQuantizer.Dequantize(quantized), images);
        var found = Gradient(rounded, images);

        LargestDifference(Logits(rounded, images), Logits(quantized, images)).ShouldBeGreaterThan(0.01f);
        found.Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-6f);
        found.ShouldContain(value => Math.Abs(value) > 1e-3f);
    }

    private static float[] Gradient(ModelState model, Tensor images)
    {
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        var input = images.clone().requires_grad_(true);
        return autograd.grad([network.Forward(input).select(1, 0).sum()], [input])[0].data<float>().ToArray();
    }
}
