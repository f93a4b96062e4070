using Ledger.Runner.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Torch;

public sealed class ConvolutionsTests
{
    /// <summary>Channels and filters that fill no block, as pruning leaves them, and those that do.</summary>
    public static TheoryData<int, int, int, int> Shapes => new MatrixTheoryData<int, int, int, int>([1, 3, 16, 22, 45, 80], [3, 8, 16, 45, 112], [1, 3], [1, 2]);

    public ConvolutionsTests() => Determinism.Prepare(threads: 1);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outputs_and_gradients_are_those_of_float64(int channels, int filters, int kernel, int stride)
    {
        using var scope = NewDisposeScope();
        using var random = Determinism.Generator(7);
        Tensor[] values = [randn([5, channels, 9, 9], generator: random), randn([filters, channels, kernel, kernel], generator: random), randn([filters], generator: random)];
        Tensor[] exact = [.. values.Select(value => value.to(ScalarType.Float64))];

        foreach (var (found, expected) in Results(values, Convolutions.Of).Zip(Results(exact, Convolutions.Of)))
            Error(found, expected).ShouldBeLessThan(1e-5);
        foreach (var (found, expected) in Results(values, Convolutions.Filled).Zip(Results(exact, Convolutions.Of)))
            Error(found, expected).ShouldBeLessThan(1e-5);

        Tensor[] Results(Tensor[] inputs, Func<Tensor, Tensor, Tensor?, int, int, Tensor> convolve)
        {
            Tensor[] leaves = [.. inputs.Select(value => value.detach().requires_grad_(true))];
            var output = convolve(leaves[0], leaves[1], leaves[2], stride, kernel / 2);
            return [output, .. autograd.grad([output.mul(output).sum()], leaves)];
        }
    }

    [Fact]
    public void The_check_sees_a_convolution_that_leaves_out_a_filter()
    {
        Convolutions.LargestError(Convolutions.Of).ShouldBeLessThan(1e-5);
        Convolutions.LargestError((x, weight, bias, stride, padding) => Convolutions.Of(x, weight * weight.gt(Numbers.Zero), bias, stride, padding)).ShouldBeGreaterThan(1e-3);
    }

    private static double Error(Tensor found, Tensor exact) =>
        (found.to(ScalarType.Float64) - exact).abs().max().item<double>() / exact.abs().max().item<double>();
}
