using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// FAB (Croce and Hein, "Minimally distorted adversarial examples with a fast adaptive boundary attack", ICML 2020), as in their AutoAttack:
/// project onto the nearest linearised boundary within the box, both from where one is and from the example, go on to a mixture of the
/// two, and from each misclassified point part of the way back. ε only decides what counts as broken and how far restarts begin.
/// The paper's final search on the segment to the example is left out there and here.
/// </summary>
/// <param name="targets">Number of classes tried one by one, of rank 2, 3 … of the unperturbed logits; null: all boundaries at once.</param>
public sealed class FabAttack(FabSettings settings, int? targets) : BatchAttack
{
    // Floor of the two steps' lengths, so that their proportion is a number when both are zero (the authors' constant).
    private const double Shortest = 1e-8;

    public override string Name => targets is null ? "fab" : "fab-t";

    /// <summary>All restarts toward the first target, then those toward the second; rounds for classes there are not do nothing.</summary>
    public override int Rounds => settings.Restarts * (targets ?? 1);

    public override Keeping Keeps => Keeping.Closest;

    public override bool Again(AttackedExample example) => settings.Goal == MinimumNormGoal.Distance || example.Standing;

    public override IEnumerable<MetricValue> Metrics(AttackFindings found, AttackedNetwork network) => MinimalDistances.Of(found, network.Threat);

    public override void Run(BatchUnderAttack batch, int round)
    {
        if (round / settings.Restarts >= batch.Network.Classes - 1)
            return;
        var (space, labels) = (batch.Network.Space, batch.Labels.data<long>().ToArray());
        var others = targets is null ? LogitDifferences.AllOthers(labels, batch.Network.Classes) : Target(batch, rank: round / settings.Restarts);
        var reach = space.Reach(batch.Pixels);
        using Scalar beta = settings.Beta, whole = 1;
        var perturbation = round % settings.Restarts == 0 ? zeros_like(batch.Pixels) : RandomStart(batch);
        for (var step = 1; step <= settings.Steps; step++)
        {
            using var scope = NewDisposeScope();
            var seen = batch.Differences(space.Apply(batch.Pixels, perturbation), batch.Labels, others);
            var next = Step(batch.Network, seen, perturbation, reach);
            var point = space.Apply(batch.Pixels, next);
            var logits = batch.Logits(point);
            batch.See(point, logits, step);
            bool[] wrong = [.. AttackEvaluation.Read(logits, labels).Select(reading => !reading.Correct)];
            perturbation = (next * where(tensor(wrong).view(-1, 1, 1, 1), full([1], beta), full([1], whole))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The class of that rank, from 0, among those that are not the label: [n, 1].</summary>
    private static Tensor Target(BatchUnderAttack batch, int rank) => LogitDifferences.OthersByRank(batch.Logits(batch.Pixels), batch.Labels).narrow(1, rank, 1);

    /// <summary>In a random direction, half as long as ε or as the shortest perturbation found, whichever is less.</summary>
    private static Tensor RandomStart(BatchUnderAttack batch)
    {
        var (ball, space) = (batch.Network.Ball, batch.Network.Space);
        var shares = new float[batch.Pixels.shape[0]];
        foreach (var (row, example) in batch.Examples.Index())
            shares[row] = (float)(Math.Min(example.ShortestLength ?? ball.Radius, ball.Radius) / ball.Radius / 2);
        var directions = ExampleNoise.Rows(batch.Pixels.shape, batch.Noise, ball.Surface);
        return space.Feasible(batch.Pixels, directions * tensor(shares).view(-1, 1, 1, 1));
    }

    /// <summary>From a perturbation to the next, each row by itself, without the way back.</summary>
    private Tensor Step(AttackedNetwork network, LogitDifferences seen, Tensor perturbation, (Tensor Low, Tensor High) reach)
    {
        using var scope = NewDisposeScope();
        var ball = network.Ball;
        Tensor at = Flat(perturbation), low = Flat(reach.Low), high = Flat(reach.High);
        var (excess, weights) = ball.Nearest(seen, network.Space);
        var here = ball.Toward(excess, weights, at - low, high - at);
        var there = ball.Toward(excess - (weights * at).sum(1), weights, -low, high);
        using Scalar shortest = Shortest, most = settings.AlphaMax, eta = settings.Eta;
        var (far, near) = (ball.RowLength(here).clamp_min(shortest), ball.RowLength(there).clamp_min(shortest));
        var alpha = (far / far.add(near, Numbers.One)).clamp_max(most).unsqueeze(1);
        var own = at.add(here * eta, Numbers.One);
        var mixed = own.add(alpha * ((there * eta) - own), Numbers.One);
        return minimum(maximum(mixed, low), high).to(ScalarType.Float32).view(perturbation.shape).MoveToOuterDisposeScope();
    }

    private static Tensor Flat(Tensor images) => images.flatten(1).to(ScalarType.Float64);
}
