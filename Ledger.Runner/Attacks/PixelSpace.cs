using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// How perturbations in the threat's space reach pixels: pixels = x + scale·δ per channel, kept in [0, 1] where the threat clips.
/// The scale is 1 in pixel space and the normalisation's std in normalised space, so both are attacked through the same network.
/// </summary>
public sealed class PixelSpace : IDisposable
{
    // One rounding of a float32 below 2: what writing x + scale·δ as a pixel can add to a perturbation.
    private const double PixelRounding = 1.0 / (1 << 24);

    private readonly Tensor _scale;
    private readonly float _smallestScale;

    private PixelSpace(float[] scale, bool clip)
    {
        using var flat = tensor(scale);
        (_scale, _smallestScale, Clips) = (flat.view(1, -1, 1, 1).DetachFromDisposeScope(), scale.Min(), clip);
    }

    /// <exception cref="ArgumentException">The threat is in normalised space but the network does not normalise its pixels.</exception>
    public static PixelSpace Of(Threat threat, Architecture architecture)
    {
        var ones = Enumerable.Repeat(1f, architecture.Input[0]).ToArray();
        var std = architecture.Nodes.OfType<Normalize>().FirstOrDefault(node => node.Inputs is [Architecture.Pixels])?.Std;
        return new PixelSpace((threat.Space, std) switch
        {
            (Space.Pixel, _) => ones,
            (Space.Normalized, { } each) => [.. each.Select(value => (float)value)],
            _ => throw new ArgumentException(
                "the threat is measured in normalised space, but the network has no normalize node on its input; use space: pixel", nameof(threat)),
        }, threat.Clip);
    }

    /// <summary>Whether pixels are kept in [0, 1].</summary>
    public bool Clips { get; }

    /// <summary>The perturbed images.</summary>
    public Tensor Apply(Tensor pixels, Tensor perturbation)
    {
        var moved = pixels.add(perturbation * _scale, Numbers.One);
        return Clips ? moved.clamp_(Numbers.Zero, Numbers.One) : moved;
    }

    /// <summary>The part of a perturbation that clipping leaves.</summary>
    public Tensor Feasible(Tensor pixels, Tensor perturbation) =>
        Clips ? (Apply(pixels, perturbation) - pixels) / _scale : perturbation;

    /// <summary>The lowest and highest perturbation of each pixel that clipping leaves as it is; infinite where the threat does not clip.</summary>
    public (Tensor Low, Tensor High) Reach(Tensor pixels)
    {
        if (!Clips)
        {
            using Scalar infinity = float.PositiveInfinity;
            var everywhere = full_like(pixels, infinity);
            return (-everywhere, everywhere);
        }

        return (-pixels / _scale, (ones_like(pixels) - pixels) / _scale);
    }

    /// <summary>Gradient by the perturbation, from the gradient by the pixels.</summary>
    public Tensor Pull(Tensor pixelGradient) => pixelGradient * _scale;

    /// <summary>What was really changed, in float64 and the threat's units.</summary>
    public Tensor Difference(Tensor pixels, Tensor adversarial) =>
        (adversarial.to(ScalarType.Float64) - pixels.to(ScalarType.Float64)) / _scale;

    /// <summary>
    /// The longest perturbation that counts as within ε: 1e-6 relative for arithmetic in float32, and one rounding of each of the
    /// image's pixels (for L2 over <paramref name="values"/> of them).
    /// </summary>
    public double Longest(NormBall ball, long values) =>
        (ball.Radius * (1 + 1e-6)) + (PixelRounding / _smallestScale * (ball is L2Ball ? Math.Sqrt(values) : 1));

    public void Dispose() => _scale.Dispose();
}
