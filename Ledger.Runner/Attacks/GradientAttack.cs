using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Projected gradient ascent on a loss, each example by itself (Madry et al. 2018). FGSM (Goodfellow et al. 2015) is one step of length ε
/// from the example. Every iterate is looked at, the starting point and the last one included. In training it only walks.
/// </summary>
public sealed class GradientAttack : BatchAttack
{
    private readonly Start _start;
    private readonly AttackLoss _loss;
    private readonly double _deviation;

    public GradientAttack(AttackSpec attack, Exact eps)
    {
        (Name, Steps, StepSize, _start, Rounds, _loss, _deviation) = attack switch
        {
            Fgsm => ("fgsm", 1, eps.Value, Start.Zero, 1, AttackLoss.Ce, 0),
            Pgd pgd => ("pgd", pgd.Steps, pgd.StepSize.Resolve(eps, pgd.Steps), pgd.Start, pgd.Start == Start.Zero ? 1 : pgd.Restarts,
                pgd.Loss ?? AttackLoss.Ce, pgd.StartDeviation ?? 0),
            _ => throw new ArgumentOutOfRangeException(nameof(attack), attack, "no gradient attack"),
        };
    }

    public override string Name { get; }

    public override int Rounds { get; }

    public override int Steps { get; }

    /// <summary>In the threat's units; used as the nearest float32.</summary>
    public override double StepSize { get; }

    public override void RefuseUnfit(AttackedNetwork network)
    {
        if (_loss == AttackLoss.Dlr)
            TooFewClasses(network.Classes, AttackLosses.ClassesForDlr, "the DLR loss");
    }

    /// <exception cref="StepFailure">There are fewer classes than a loss looks at.</exception>
    internal static void TooFewClasses(int classes, int least, string loss)
    {
        if (classes < least)
            throw new StepFailure(FailureCodes.Error, $"{loss} needs at least {least} classes; the network knows {classes}");
    }

    public override void Run(BatchUnderAttack batch, int round)
    {
        var loss = AttackLosses.Of(_loss, batch.Labels, () => batch.Logits(batch.Pixels));
        var start = Begin(batch.Network, batch.Pixels, batch.Noise);
        var last = Walk(batch.Network, batch.Pixels, start, at => batch.Gradient(at, loss), (step, point, logits) =>
        {
            batch.See(point, logits, step);
            return batch.Goes;
        });
        if (batch.Goes)
            batch.See(last, batch.Logits(last), Steps);
    }

    /// <summary>The last point of one walk of all steps, whether or not a row is misclassified on the way.</summary>
    /// <param name="noise">Random numbers of each row.</param>
    public Tensor Last(AttackedNetwork network, Tensor pixels, Tensor labels, IReadOnlyList<ExampleNoise> noise)
    {
        using var scope = NewDisposeScope();
        var loss = AttackLosses.Of(_loss, labels, () => network.Logits(pixels));
        var last = Walk(
            network, pixels, Begin(network, pixels, noise), at => BatchUnderAttack.GradientOf(network.Forward, at, loss), (_, _, _) => true);
        return last.MoveToOuterDisposeScope();
    }

    /// <summary>Perturbations to start from, shaped as the pixels; an example's depends on its noise alone.</summary>
    public Tensor Begin(AttackedNetwork network, Tensor pixels, IReadOnlyList<ExampleNoise> noise) => _start is Start.Zero
        ? zeros_like(pixels)
        : network.Space.Feasible(pixels, network.Ball.Project(ExampleNoise.Rows(pixels.shape, noise, Fill(network.Ball))));

    private NoiseFill Fill(NormBall ball) => _start switch
    {
        Start.Random => ball.Inside,
        Start.Sphere => ball.Surface,
        _ => (noise, values) => noise.FillNormal(values, (float)_deviation),
    };

    /// <summary>
    /// All steps from a starting perturbation. Before each step <paramref name="seen"/> gets the steps taken, the point (perturbed pixels)
    /// and its logits; it answers whether to go on. The last point is returned and not shown.
    /// </summary>
    private Tensor Walk(
        AttackedNetwork network, Tensor pixels, Tensor start, Func<Tensor, LossGradient> gradient, Func<int, Tensor, Tensor, bool> seen)
    {
        using var scope = NewDisposeScope();
        var perturbation = start;
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var point = network.Space.Apply(pixels, perturbation);
            var found = gradient(point);
            if (!seen(step, point, found.Logits))
                break;
            var next = Step(network, pixels, perturbation, found.Pixels).MoveToOuterDisposeScope();
            if (step > 0)
                perturbation.Dispose();
            perturbation = next;
        }
        return network.Space.Apply(pixels, perturbation).MoveToOuterDisposeScope();
    }

    private Tensor Step(AttackedNetwork network, Tensor pixels, Tensor perturbation, Tensor gradient)
    {
        using Scalar length = (float)StepSize;
        var moved = perturbation.add(network.Direction(gradient) * length, Numbers.One);
        return network.Space.Feasible(pixels, network.Ball.Project(moved));
    }
}
