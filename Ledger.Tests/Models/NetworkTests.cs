using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Models;

public class NetworkTests : TorchTests
{
    private static readonly Architecture Affine = new([1, 1, 2], 2,
    [
        new Normalize("normalize", ["input"], [0.5], [0.25]),
        new Flatten("flatten", ["normalize"]),
        new Linear("fc1", ["flatten"], 2, 2, Bias: true),
    ]);

    [Fact]
    public void Affine_layer_after_normalisation()
    {
        using var network = Network.Load(Affine, [F32("fc1.weight", [2, 2], 1, 2, 3, 4), F32("fc1.bias", [2], 10, 20)]);

        // (0.75, 0.25) → (1, −1) → (1 − 2 + 10, 3 − 4 + 20)
        Values(network.Forward(tensor([0.75f, 0.25f], [1, 1, 1, 2]))).ShouldBe([9, 19]);
    }

    [Fact]
    public void Forward_is_normalisation_and_the_rest()
    {
        using var network = Nets.SmallCnn();
        var pixels = rand(3, 1, 28, 28);

        Values(network.ForwardNormalized(network.Normalize(pixels))).ShouldBe(Values(network.Forward(pixels)));
        Values(network.Normalize(pixels)).ShouldBe(Values((pixels - 0.5) / 0.5));
    }

    [Fact]
    public void Convolution_relu_and_pooling()
    {
        Architecture net = new([1, 4, 4], 1,
        [
            new Conv2d("conv1", ["input"], 1, 1, Kernel: 3, Stride: 1, Padding: 1, Bias: false),
            new Relu("relu1", ["conv1"]),
            new MaxPool2d("pool1", ["relu1"], 2, 2),
            new Flatten("flatten", ["pool1"]),
        ]);
        using var network = Network.Load(net, [F32("conv1.weight", [1, 1, 3, 3], 0, 0, 0, 0, 1, -1, 0, 0, 0)]);

        // Each pixel less its right neighbour; the right edge is padded with zeros.
        var pixels = tensor(Enumerable.Range(1, 16).Select(value => (float)value).ToArray(), [1, 1, 4, 4]);
        Values(network.Forward(pixels)).ShouldBe([0, 8, 0, 16]);
        network.Value(pixels, "conv1").shape.ShouldBe([1, 1, 4, 4]);
    }

    [Fact]
    public void Pooling_gives_the_same_in_both_layouts()
    {
        using var network = Nets.SmallCnn();
        using var plain = Network.Load(network.Architecture, network.State(), fastPooling: false);
        var pixels = rand(4, 1, 28, 28);

        Values((network.Forward(pixels) - plain.Forward(pixels)).abs().max())[0].ShouldBeLessThan(1e-5f);
    }

    /// <summary>Whole numbers, so that many windows have equal largest values, none above zero, or zero itself.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pooling_before_a_relu_in_place_of_after_it_has_the_same_values_and_gradients(bool readTwice)
    {
        Node[] last = readTwice
            ? [new GlobalAveragePool("mean1", ["relu"]), new GlobalAveragePool("mean2", ["pool"]), new Add("sum", ["mean1", "mean2"])]
            : [new GlobalAveragePool("sum", ["pool"])];
        Architecture net = new([3, 8, 8], 3, [new Relu("relu", ["input"]), new MaxPool2d("pool", ["relu"], 2, 2), .. last]);
        using var fast = Network.Load(net, []);
        using var plain = Network.Load(net, [], fastPooling: false);
        var pixels = randint(-2, 3, [16, 3, 8, 8], ScalarType.Float32);
        (float[] Values, float[] Gradients) Of(Network network)
        {
            var at = pixels.detach().requires_grad_(true);
            var values = network.Forward(at);
            return (Values(values), Values(autograd.grad([values.mul(values).sum()], [at])[0]));
        }

        var (expected, found) = (Of(plain), Of(fast));

        found.Values.ShouldBe(expected.Values);
        found.Gradients.ShouldBe(expected.Gradients);
        expected.Gradients.Count(gradient => gradient != 0).ShouldBeGreaterThan(100);
        Values(fast.Value(pixels, "relu")).ShouldBe(Values(pixels.relu()));
        Values(fast.Value(pixels, "pool")).ShouldBe(Values(plain.Value(pixels, "pool")));
    }

    [Fact]
    public void A_residual_connection_adds_and_an_average_pool_averages()
    {
        Architecture net = new([1, 2, 2], 1,
        [
            new Relu("relu1", ["input"]),
            new Add("sum", ["relu1", "input"]),
            new GlobalAveragePool("mean", ["sum"]),
        ]);
        using var network = Network.Load(net, []);

        Values(network.Forward(tensor([1f, 2, -3, 4], [1, 1, 2, 2]))).ShouldBe([(2 + 4 - 3 + 8) / 4f]);
    }

    [Fact]
    public void Batch_norm_uses_the_batch_in_training_and_running_statistics_in_evaluation()
    {
        Architecture net = new([1, 1, 2], 1, [new BatchNorm2d("bn1", ["input"], 1)]);
        using var network = Nets.Of(net);
        var pixels = tensor([1f, 3f], [1, 1, 1, 2]);

        Values(network.Forward(pixels)).ShouldBe([1f / MathF.Sqrt(1 + 1e-5f), 3f / MathF.Sqrt(1 + 1e-5f)], 1e-6);

        network.Training = true;
        Values(network.Forward(pixels)).ShouldBe([-1f / MathF.Sqrt(1 + 1e-5f), 1f / MathF.Sqrt(1 + 1e-5f)], 1e-6);
        Values(network["bn1.running_mean"]).ShouldBe([0.2f], 1e-6);
        Values(network["bn1.running_var"]).ShouldBe([0.9f + (0.1f * 2)], 1e-6);
        network["bn1.num_batches_tracked"].item<long>().ShouldBe(1);
    }

    [Fact]
    public void Integer_weights_count_as_integer_times_scale()
    {
        Architecture net = new([1, 1, 2], 2,
        [
            new Flatten("flatten", ["input"]),
            new Linear("fc1", ["flatten"], 2, 2, Bias: false, new WeightQuantization(4, Granularity.PerChannel)),
        ]);
        NamedTensor[] state = [new("fc1.weight", TensorType.I8, [2, 2], new byte[] { 7, 0, 0xff, 2 }), F32("fc1.weight_scale", [2], 0.5f, 0.25f)];
        using var network = Network.Load(net, state);

        Values(network.Forward(tensor([1f, 10f], [1, 1, 1, 2]))).ShouldBe([3.5f, -0.25f + 5]);
        TensorBytes.Digest(network.State()).ShouldBe(TensorBytes.Digest(state));
        network.Parameters.ShouldBeEmpty();
    }

    [Fact]
    public void Fake_quantization_rounds_half_to_even_clamps_and_passes_gradients()
    {
        Architecture net = new([1, 1, 5], 5, [new FakeQuantize("q", ["input"], Bits: 3, Scale: 0.5, ZeroPoint: 1, Low: 0, High: 7)]);
        using var network = Network.Load(net, []);
        var pixels = tensor([0.25f, 0.75f, 0.9f, -2f, 9f], [1, 1, 1, 5]).requires_grad_();

        var result = network.Forward(pixels);
        result.sum().backward();

        Values(result).ShouldBe([0, 1, 1, -0.5f, 3]);
        Values(pixels.grad!).ShouldBe([1, 1, 1, 1, 1]);
    }

    [Fact]
    public void State_goes_out_and_in_unchanged()
    {
        using var network = Nets.SmallCnn(seed: 3);
        using var copy = Network.Load(network.Architecture, network.State());

        TensorBytes.Digest(copy.State()).ShouldBe(TensorBytes.Digest(network.State()));
    }

    [Fact]
    public void Weights_of_another_network_are_refused_with_every_difference()
    {
        var error = Should.Throw<StateMismatch>(() => Network.Load(Affine, [F32("fc1.weight", [2, 3], 1, 2, 3, 4, 5, 6), F32("fc9.bias", [1], 1)]));

        error.Differences.ShouldBe(
        [
            "fc1.weight is F32[2,3], expected F32[2,2]",
            "fc1.bias is missing",
            "fc9.bias is not in the architecture",
        ]);
    }

    private static NamedTensor F32(string name, long[] shape, params float[] values) =>
        new(name, TensorType.F32, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());

    private static float[] Values(Tensor tensor) => [.. tensor.detach().contiguous().data<float>()];
}
