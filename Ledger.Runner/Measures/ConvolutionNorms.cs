using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// L2 operator norm of a convolution with zero padding, as a map between images. It is not the spectral norm of the matricised weight: windows
/// overlap. In L∞ there is no such difference: the largest row sum of the matricised weight is the norm wherever a whole window fits.
/// </summary>
internal static class ConvolutionNorms
{
    private const int MostIterations = 200;

    /// <summary>
    /// ⌈k/s⌉ · σ₁ of the weight as [out, in·k·k], an upper bound: a pixel is in at most ⌈k/s⌉² windows, so that all windows together
    /// have at most that many times the image's energy.
    /// </summary>
    public static double Bound(LayerMatrix layer, double spectralNorm) => Overlap(layer) * spectralNorm;

    /// <summary>1 for linear layers.</summary>
    public static int Overlap(LayerMatrix layer) => layer.First is Conv2d conv ? (conv.Kernel + conv.Stride - 1) / conv.Stride : 1;

    /// <summary>
    /// A lower bound by power iteration on the convolution itself, in float64, until it grows by less than 1e-9 of itself or 200 times. Near the
    /// norm as a rule, with no promise.
    /// </summary>
    /// <param name="input">Channels, height and width of what comes in.</param>
    public static double Estimate(LayerMatrix layer, int[] input)
    {
        using var scope = NewDisposeScope();
        var conv = (Conv2d)layer.First;
        var weight = Decompositions.ToTensor(layer.Matrix).reshape(layer.Matrix.Rows, conv.InChannels, conv.Kernel, conv.Kernel);
        var numbers = new SplitMix64(0);
        double[] start = [.. Enumerable.Range(0, input[0] * input[1] * input[2]).Select(_ => (numbers.Next() / (double)ulong.MaxValue) - 0.5)];
        var image = tensor(start, [1, input[0], input[1], input[2]]);
        double norm = 0;
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            using var inner = NewDisposeScope();
            // The gradient of ‖Wx‖²/2 is WᵀWx, whatever the stride and padding.
            var point = (image / image.norm()).requires_grad_(true);
            var output = nn.functional.conv2d(point, weight, strides: [conv.Stride, conv.Stride], padding: [conv.Padding, conv.Padding]);
            var found = output.norm().item<double>();
            if (found <= norm * (1 + 1e-9))
                return Math.Max(norm, found);
            norm = found;
            image = autograd.grad([output.square().sum()], [point])[0].detach().MoveToOuterDisposeScope();
        }

        return norm;
    }
}
