using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Projected gradient ascent on the cross-entropy, each example by itself (Madry et al. 2018). FGSM (Goodfellow et al. 2015) is
/// one step of length ε from the example. It knows no batches, restarts or outcomes: it walks, and shows each point it comes by.
/// </summary>
public sealed class GradientAttack : IDisposable
{
    private readonly Start _start;

    public GradientAttack(Adversary adversary, Architecture architecture)
    {
        Ball = NormBall.Of(adversary.Threat);
        Space = PixelSpace.Of(adversary.Threat, architecture);
        (Steps, StepSize, _start, Restarts) = adversary.Attack switch
        {
            Fgsm => (1, adversary.Threat.Eps.Value, Start.Zero, 1),
            Pgd { Start: Start.Zero } pgd => (pgd.Steps, pgd.StepSize.Resolve(adversary.Threat.Eps, pgd.Steps), Start.Zero, 1),
            Pgd pgd => (pgd.Steps, pgd.StepSize.Resolve(adversary.Threat.Eps, pgd.Steps), pgd.Start, pgd.Restarts),
            _ => throw new ArgumentOutOfRangeException(nameof(adversary), adversary.Attack, "no gradient attack"),
        };
    }

    public NormBall Ball { get; }

    public PixelSpace Space { get; }

    public int Steps { get; }

    /// <summary>In the threat's units; used as the nearest float32.</summary>
    public double StepSize { get; }

    public int Restarts { get; }

    /// <summary>Perturbations to start from, [batch, …] as the pixels; an example's depends on its index, not on its place.</summary>
    public Tensor Begin(Tensor pixels, IReadOnlyList<long> examples, ulong seed, long draw, int restart)
    {
        if (_start is Start.Zero)
            return zeros_like(pixels);
        var size = (int)(pixels.numel() / pixels.shape[0]);
        var values = new float[pixels.numel()];
        for (var row = 0; row < examples.Count; row++)
            Ball.Start(new ExampleNoise(seed, (uint)draw, (uint)examples[row], (uint)restart), values.AsSpan(row * size, size));
        return Space.Feasible(pixels, tensor(values, pixels.shape));
    }

    /// <summary>
    /// All steps from a starting perturbation. Before each step <paramref name="seen"/> gets the point (perturbed pixels), its logits and
    /// the loss gradient by its pixels; it answers whether to go on. The last point is returned and not shown.
    /// </summary>
    public Tensor Walk(
        Func<Tensor, Tensor> network, Tensor pixels, Tensor labels, Tensor start, Func<int, Tensor, Tensor, Tensor, bool> seen)
    {
        using var scope = NewDisposeScope();
        var perturbation = start;
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var point = Space.Apply(pixels, perturbation).detach().requires_grad_(true);
            var logits = network(point);
            var loss = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
            var gradient = autograd.grad([loss], [point])[0];
            if (!seen(step, point.detach(), logits.detach(), gradient))
                break;
            perturbation = Step(pixels, perturbation, gradient).MoveToOuterDisposeScope();
        }
        return Space.Apply(pixels, perturbation).MoveToOuterDisposeScope();
    }

    private Tensor Step(Tensor pixels, Tensor perturbation, Tensor pixelGradient)
    {
        // A network that overflows gives NaN gradients; a point with one stays where it is in those pixels.
        var direction = Ball.Steepest(nan_to_num(Space.Pull(pixelGradient), 0, 0, 0));
        using Scalar length = (float)StepSize;
        return Space.Feasible(pixels, Ball.Project(perturbation.add(direction * length, Numbers.One)));
    }

    /// <summary>Holds points against the threat: lengths within ε (to rounding, see <see cref="PixelSpace.Longest"/>) and pixels in range.</summary>
    /// <exception cref="StepFailure">A point is outside; the message says how far.</exception>
    internal void RefuseOutside(Tensor points, double[] lengths)
    {
        var allowed = Space.Longest(Ball, points.numel() / points.shape[0]);
        if (lengths.FirstOrDefault(length => !(length <= allowed)) is var far and not 0)
            throw new StepFailure(FailureCodes.Error, $"a perturbation is {far} long; expected at most {Ball.Radius} (with rounding {allowed})");
        var (low, high) = (points.min().item<float>(), points.max().item<float>());
        if (Space.Clips && !(low >= 0 && high <= 1))
            throw new StepFailure(FailureCodes.Error, $"perturbed pixels lie in [{low}, {high}]; expected within [0, 1]");
    }

    public void Dispose() => Space.Dispose();
}
