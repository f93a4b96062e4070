using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// L2 operator norm of a convolution with zero padding, as a map between images. It is not the spectral norm of the matricised weight: windows
/// overlap. In L∞ there is no such difference: the largest row sum of the matricised weight is the norm wherever a whole window fits.
/// </summary>
internal static class ConvolutionNorms
{
    private const int Dimension = 40;

    /// <summary>
    /// ⌈k/s⌉ · σ₁ of the weight as [out, in·k·k], an upper bound: a pixel is in at most ⌈k/s⌉² windows, so that all windows together
    /// have at most that many times the image's energy.
    /// </summary>
    public static double Bound(LayerMatrix layer, double spectralNorm) => Overlap(layer) * spectralNorm;

    /// <summary>1 for linear layers.</summary>
    public static int Overlap(LayerMatrix layer) => layer.First is Conv2d conv ? (conv.Kernel + conv.Stride - 1) / conv.Stride : 1;

    /// <summary>
    /// A lower bound: the largest stretch of any image in the span of x, WᵀWx, … (WᵀW)³⁹x for one random x, found by Lanczos' method with full
    /// reorthogonalisation in float64. As a rule the norm to many digits, with no promise.
    /// </summary>
    /// <param name="input">Channels, height and width of what comes in.</param>
    public static double Estimate(LayerMatrix layer, int[] input)
    {
        using var scope = NewDisposeScope();
        var conv = (Conv2d)layer.First;
        var weight = Decompositions.ToTensor(layer.Matrix).reshape(layer.Matrix.Rows, conv.InChannels, conv.Kernel, conv.Kernel);
        var numbers = new SplitMix64(0);
        double[] start = [.. Enumerable.Range(0, input[0] * input[1] * input[2]).Select(_ => (numbers.Next() / (double)ulong.MaxValue) - 0.5)];
        var next = tensor(start);
        var (basis, images) = (new List<Tensor>(), new List<Tensor>());
        while (basis.Count < Math.Min(Dimension, start.Length) && next.norm().item<double>() > 0)
        {
            basis.Add(next / next.norm());
            // The gradient of ‖Wx‖²/2 is WᵀWx, whatever the stride and padding.
            var point = basis[^1].reshape(1, input[0], input[1], input[2]).requires_grad_(true);
            var image = Convolutions.Of(point, weight, null, conv.Stride, conv.Padding);
            images.Add(image.detach().flatten());
            next = Orthogonal(autograd.grad([image.pow(Numbers.Two).sum()], [point])[0].flatten(), stack(basis));
        }

        return linalg.svdvals(stack(images))[0].item<double>();
    }

    /// <summary>What is left of a vector outside the span; nothing where that is no more than rounding. Twice, since once loses digits.</summary>
    private static Tensor Orthogonal(Tensor vector, Tensor basis)
    {
        var length = vector.norm().item<double>();
        for (var pass = 0; pass < 2; pass++)
            vector = vector - basis.T.mv(basis.mv(vector));
        return vector.norm().item<double>() > 1e-12 * length ? vector : zeros_like(vector);
    }
}
