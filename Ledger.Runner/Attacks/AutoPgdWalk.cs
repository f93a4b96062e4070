using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// One run of APGD on one batch: where each example is, was, and did best. Perturbations are in units of the threat's space. The
/// tensors live in the dispose scope it was made in and are overwritten in place, so that memory does not grow with the steps.
/// </summary>
internal sealed class AutoPgdWalk
{
    private const float Forward = 0.75f;

    private readonly BatchUnderAttack _batch;
    private readonly Func<Tensor, Tensor> _loss;
    private readonly StepHalving[] _losses;
    private readonly float[] _lengths;
    private readonly Tensor _at;
    private readonly Tensor _before;
    private readonly Tensor _gradient;
    private readonly Tensor _best;
    private readonly Tensor _bestGradient;

    public AutoPgdWalk(BatchUnderAttack batch, Func<Tensor, Tensor> loss)
    {
        (_batch, _loss) = (batch, loss);
        var (network, pixels) = (batch.Network, batch.Pixels);
        _at = network.Space.Feasible(pixels, ExampleNoise.Rows(pixels.shape, batch.Noise, network.Ball.Surface)).clone();
        var point = network.Space.Apply(pixels, _at);
        var found = batch.Gradient(point, loss);
        batch.See(point, found.Logits, step: 0);
        (_before, _gradient, _best, _bestGradient) = (_at.clone(), found.Pixels.clone(), _at.clone(), found.Pixels.clone());
        _losses = [.. found.Losses.data<float>().ToArray().Select(start => new StepHalving(start))];
        _lengths = [.. _losses.Select(_ => 2 * network.Ball.Radius)];
    }

    /// <summary>Takes a step and looks at the point reached; its gradient is not needed where no step follows.</summary>
    /// <param name="number">From 1; the first has no momentum.</param>
    public void Step(int number, bool isLast)
    {
        using var scope = NewDisposeScope();
        var next = Next(momentum: number > 1);
        _before.copy_(_at);
        _at.copy_(next);
        var point = _batch.Network.Space.Apply(_batch.Pixels, _at);
        if (isLast)
        {
            _batch.See(point, _batch.Logits(point), number);
            return;
        }
        var found = _batch.Gradient(point, _loss);
        _batch.See(point, found.Logits, number);
        _gradient.copy_(found.Pixels);
        var losses = found.Losses.data<float>().ToArray();
        Copy([.. Rows(row => _losses[row].Improves(losses[row]))], (_at, _best), (_gradient, _bestGradient));
    }

    /// <summary>At a checkpoint: some halve their step and go on from their best point, with its gradient.</summary>
    public void HalveSteps(int stepsSinceCheckpoint)
    {
        using var scope = NewDisposeScope();
        long[] rows = [.. Rows(row => _losses[row].Halves(stepsSinceCheckpoint))];
        foreach (var row in rows)
            _lengths[row] /= 2;
        Copy(rows, (_best, _at), (_bestGradient, _gradient));
    }

    private Tensor Next(bool momentum)
    {
        using Scalar forward = Forward, back = 1 - Forward;
        var stepped = Within(_at.add(_batch.Network.Direction(_gradient) * tensor(_lengths).view(-1, 1, 1, 1), Numbers.One));
        return momentum
            ? Within(_at.add((stepped - _at) * forward, Numbers.One).add_((_at - _before) * back, Numbers.One))
            : stepped;
    }

    private Tensor Within(Tensor perturbation) => _batch.Network.Space.Feasible(_batch.Pixels, _batch.Network.Ball.Project(perturbation));

    private IEnumerable<long> Rows(Func<int, bool> which) => Enumerable.Range(0, _losses.Length).Where(which).Select(row => (long)row);

    private static void Copy(long[] rows, params (Tensor From, Tensor To)[] pairs)
    {
        if (rows.Length == 0)
            return;
        var chosen = tensor(rows);
        foreach (var (from, to) in pairs)
            to.index_copy_(0, chosen, from.index_select(0, chosen));
    }
}
