using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Ledger.Runner.Torch;

/// <summary>How convolutions have to be computed on this machine to come out right.</summary>
public enum ConvolutionPath
{
    /// <summary>As libtorch does them.</summary>
    Native,

    /// <summary>With channels filled up with zeros to whole blocks.</summary>
    Filled,

    /// <summary>Without oneDNN, several times slower.</summary>
    WithoutOneDnn,
}

/// <summary>
/// Two-dimensional convolutions that are right. oneDNN as built into libtorch 2.10 was seen to read memory nobody wrote (in virtual machines on
/// AMD's family 26; the cause is not known) where a number of channels does not fill its blocks: outputs from 22 or 45 channels, input gradients
/// of 3 or 8 filters, and with stride 2 those by 48, 80 or 112 channels are off by tens of percent or NaN, and not the same from one time to the
/// next. A pruned network has such numbers, and a colour image has three channels. So every process tries a few shapes against float64 before it
/// computes anything.
/// </summary>
public static class Convolutions
{
    /// <summary>Rounding of sums over some hundred products stays far below; what was seen wrong is above 0.05.</summary>
    private const double Tolerance = 1e-3;

    private static readonly (int In, int Out, int Stride)[] Tried =
        [(22, 45, 1), (45, 64, 1), (11, 16, 1), (16, 11, 1), (3, 3, 1), (1, 8, 1), (45, 16, 2), (80, 32, 2), (112, 45, 2), (16, 8, 2), (32, 64, 2)];

    private static readonly Lazy<ConvolutionPath> Chosen = new(Choose);

    /// <summary>Found out when first asked for, once in a process.</summary>
    public static ConvolutionPath Path => Chosen.Value;

    /// <param name="x">[n, channels, height, width].</param>
    /// <param name="weight">[filters, channels, kernel, kernel].</param>
    public static Tensor Of(Tensor x, Tensor weight, Tensor? bias, int stride, int padding) =>
        Path == ConvolutionPath.Filled ? Filled(x, weight, bias, stride, padding) : Native(x, weight, bias, stride, padding);

    /// <summary>The same function with zero channels and zero filters up to whole blocks; what the added filters give is dropped.</summary>
    internal static Tensor Filled(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        // One channel has a layout of its own that is right as it is.
        var (channels, filters) = (x.shape[1] == 1 ? 0 : Missing(x.shape[1]), Missing(weight.shape[0]));
        if (channels == 0 && filters == 0)
            return Native(x, weight, bias, stride, padding);
        var input = channels == 0 ? x : F.pad(x, [0, 0, 0, 0, 0, channels]);
        var filled = Native(
            input, F.pad(weight, [0, 0, 0, 0, 0, channels, 0, filters]), filters == 0 || bias is null ? bias : F.pad(bias, [0, filters]), stride, padding);
        return filters == 0 ? filled : filled.narrow(1, 0, weight.shape[0]);
    }

    private static Tensor Native(Tensor x, Tensor weight, Tensor? bias, int stride, int padding) =>
        F.conv2d(x, weight, bias, strides: [stride, stride], padding: [padding, padding]);

    /// <summary>Up to 16 or a multiple of 32: the numbers that were right with every size, stride and kernel tried.</summary>
    private static long Missing(long channels) => (channels <= 16 ? 16 : (channels + 31) / 32 * 32) - channels;

    private static ConvolutionPath Choose()
    {
        if (!NativeTorch.OneDnn() || LargestError(Native) <= Tolerance)
            return ConvolutionPath.Native;
        if (LargestError(Filled) <= Tolerance)
            return ConvolutionPath.Filled;
        NativeTorch.UseOneDnn(false);
        return ConvolutionPath.WithoutOneDnn;
    }

    /// <summary>Largest error of outputs and of gradients by input, weight and bias, against float64 and relative to the largest value.</summary>
    internal static double LargestError(Func<Tensor, Tensor, Tensor?, int, int, Tensor> convolve) =>
        Tried.Max(shape => Error(convolve, shape.In, shape.Out, shape.Stride));

    private static double Error(Func<Tensor, Tensor, Tensor?, int, int, Tensor> convolve, int channels, int filters, int stride)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        Tensor[] values = [randn([5, channels, 14, 14], generator: generator), randn([filters, channels, 3, 3], generator: generator), randn([filters], generator: generator)];
        var exact = Results(Native, [.. values.Select(value => value.to(ScalarType.Float64))], stride);
        LeaveNaN();
        return Results(convolve, values, stride).Zip(exact, Difference).Max();
    }

    /// <summary>Memory that the next allocations are likely to get holds NaN, so that reading what nobody wrote shows.</summary>
    private static void LeaveNaN()
    {
        foreach (var size in (long[])[1 << 10, 1 << 13, 1 << 16, 1 << 18])
        {
            using Scalar nan = float.NaN;
            using var filled = full([size], nan);
        }
    }

    private static Tensor[] Results(Func<Tensor, Tensor, Tensor?, int, int, Tensor> convolve, Tensor[] values, int stride)
    {
        Tensor[] inputs = [.. values.Select(value => value.detach().requires_grad_(true))];
        var output = convolve(inputs[0], inputs[1], inputs[2], stride, 1);
        return [output.detach(), .. autograd.grad([output.mul(output).sum()], inputs)];
    }

    private static double Difference(Tensor found, Tensor exact)
    {
        var error = (found.to(ScalarType.Float64) - exact).abs().max().item<double>() / exact.abs().max().item<double>();
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }
}
