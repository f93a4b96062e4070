using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>A network and what an adversary may do to its inputs. It does not own the network.</summary>
public sealed class AttackedNetwork : IDisposable
{
    private readonly bool _ownsSpace = true;

    /// <param name="forward">Pixels → logits, without side effects and with each row for itself (batch norm in evaluation mode).</param>
    /// <exception cref="ArgumentException">The threat is in normalised space but the network does not normalise its pixels.</exception>
    public AttackedNetwork(Func<Tensor, Tensor> forward, Threat threat, Architecture architecture)
    {
        (Forward, Threat, Architecture) = (forward, threat, architecture);
        (Ball, Space) = (NormBall.Of(threat), PixelSpace.Of(threat, architecture));
    }

    private AttackedNetwork(AttackedNetwork within, Network other)
    {
        (Forward, Threat, Architecture, Ball, Space) = (other.Forward, within.Threat, other.Architecture, within.Ball, within.Space);
        _ownsSpace = false;
    }

    public Func<Tensor, Tensor> Forward { get; }

    public Threat Threat { get; }

    public Architecture Architecture { get; }

    public int Classes => Architecture.Classes;

    public NormBall Ball { get; }

    public PixelSpace Space { get; }

    /// <summary>Another network under the same threat, measured as for this one. Nothing to dispose of.</summary>
    public AttackedNetwork Instead(Network other) => new(this, other);

    /// <summary>Logits without gradient.</summary>
    public Tensor Logits(Tensor pixels)
    {
        using var off = no_grad();
        return Forward(pixels);
    }

    /// <summary>
    /// The steepest direction of length 1 in the threat's norm and space, from a gradient by the pixels. A network that overflows gives NaN
    /// gradients; a point with one stays where it is in those pixels.
    /// </summary>
    public Tensor Direction(Tensor pixelGradient) => Ball.Steepest(nan_to_num(Space.Pull(pixelGradient), 0, 0, 0));

    /// <summary>Holds points against the threat: lengths within ε (to rounding, see <see cref="PixelSpace.Longest"/>) and pixels in range.</summary>
    /// <exception cref="StepFailure">A point is outside: the attack is wrong, and no result of it may be recorded. The message says how far.</exception>
    internal void RefuseOutside(Tensor points, IReadOnlyList<double> lengths)
    {
        var allowed = Space.Longest(Ball, points.numel() / points.shape[0]);
        if (lengths.FirstOrDefault(length => !(length <= allowed)) is var far and not 0)
            throw new StepFailure(FailureCodes.Error, $"a perturbation is {far} long; expected at most {Ball.Radius} (with rounding {allowed})");
        var (low, high) = (points.min().item<float>(), points.max().item<float>());
        if (Space.Clips && !(low >= 0 && high <= 1))
            throw new StepFailure(FailureCodes.Error, $"perturbed pixels lie in [{low}, {high}]; expected within [0, 1]");
    }

    public void Dispose()
    {
        if (_ownsSpace)
            Space.Dispose();
    }
}
