using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>Whether taking filters out is the same as making them zero.</summary>
internal static class ForwardDifference
{
    private const int Images = 32;
    private const double Allowed = 1e-5;

    /// <summary>Largest |Δ logit| on images of uniform noise, the same on every machine.</summary>
    /// <exception cref="StepFailure">It is above 1e-5 of the largest logit (of 1 for smaller logits): filters were taken out wrongly.</exception>
    public static double RefuseLarge(ModelState masked, ModelState removed)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var one = Network.Load(masked.Architecture, [.. masked.Tensors.Values]);
        using var two = Network.Load(removed.Architecture, [.. removed.Tensors.Values]);
        var images = Noise(masked.Architecture.Input);
        var logits = one.Forward(images);
        var difference = (two.Forward(images) - logits).abs().max().item<float>();
        var allowed = Allowed * Math.Max(1, logits.abs().max().item<float>());
        return difference <= allowed
            ? difference
            : throw new StepFailure(FailureCodes.Error, $"logits differ by {difference} after removing filters; expected at most {allowed} against the masked network");
    }

    private static Tensor Noise(int[] shape)
    {
        var size = shape.Aggregate(1, (product, side) => product * side);
        var values = new float[Images * size];
        for (var image = 0; image < Images; image++)
            new ExampleNoise(0, 0, (uint)image, 0).FillUniform(values.AsSpan(image * size, size));
        return tensor(values, [Images, .. shape.Select(side => (long)side)]).abs();
    }
}
