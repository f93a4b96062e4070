using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Runner.Measures;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp;
using Xunit;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Measures;

public class ConvolutionNormsTests : TorchTests
{
    // Kernel, stride, padding; the last with windows that do not overlap, and one that leaves pixels out.
    [Theory]
    [InlineData(3, 1, 1)]
    [InlineData(3, 2, 1)]
    [InlineData(3, 1, 0)]
    [InlineData(2, 2, 0)]
    [InlineData(1, 1, 0)]
    [InlineData(2, 3, 0)]
    public void The_estimate_is_the_norm_of_the_whole_map_and_the_bound_is_above(int kernel, int stride, int padding)
    {
        const int Channels = 2, Filters = 3, Side = 6;
        var node = new Conv2d("conv", [Architecture.Pixels], Channels, Filters, kernel, stride, padding, Bias: false);
        var weight = Measuring.Normal(7, Filters, Channels, kernel, kernel);
        var layer = new LayerMatrix("conv", [node], new DenseMatrix(Filters, Channels * kernel * kernel, weight.data<double>().ToArray()));

        // Each column of the map is the image of one pixel.
        var pixels = torch.eye(Channels * Side * Side, dtype: torch.float64).reshape(-1, Channels, Side, Side);
        var map = torch.nn.functional.conv2d(pixels, weight, strides: [stride, stride], padding: [padding, padding]).flatten(1);
        var (norm, rows) = (torch.linalg.svdvals(map)[0].item<double>(), map.abs().sum([0]).max().item<double>());

        ConvolutionNorms.Estimate(layer, [Channels, Side, Side]).ShouldBe(norm, 1e-4 * norm);
        ConvolutionNorms.Estimate(layer, [Channels, Side, Side]).ShouldBeLessThanOrEqualTo(norm * (1 + 1e-12));
        ConvolutionNorms.Bound(layer, Decompositions.SpectralNorm(layer.Matrix)).ShouldBeGreaterThanOrEqualTo(norm * (1 - 1e-12));
        layer.Matrix.InfinityNorm().ShouldBe(rows, 1e-12 * rows);
    }
}
