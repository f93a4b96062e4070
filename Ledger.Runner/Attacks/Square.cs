using Ledger.Domain.Experiments;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Square attack (Andriushchenko et al., ECCV 2020) with AutoAttack's settings: a random search on the margin of the label. Each
/// query changes square windows of the best perturbation so far, and the change stays if the margin falls or the example is broken.
/// </summary>
/// <remarks>
/// One thing differs from the authors' code: there one window's place, and in L∞ its signs, are drawn for the whole batch; here each
/// example draws its own by its index, so that it does not depend on its batch. And a window is never wider than the image.
/// </remarks>
public sealed class SquareSearch(Square settings) : BatchAttack
{
    public override string Name => "square";

    public override int Rounds => settings.Restarts;

    public override int Steps => settings.Queries;

    public override bool IsWhiteBox => false;

    public override void Run(BatchUnderAttack batch, int round)
    {
        var shape = ((int)batch.Pixels.shape[1], (int)batch.Pixels.shape[2], (int)batch.Pixels.shape[3]);
        var windows = batch.Network.Ball is LinfBall ball
            ? (SquareWindows)new LinfWindows(shape, ball.Radius)
            : new L2Windows(shape, batch.Network.Ball.Radius);
        var state = new SquareState(batch, windows);
        for (var query = 0; query < settings.Queries && batch.Goes; query++)
            state.Try(query, windows.Side(Fraction(settings.PInit, Scheduled(query))));
    }

    /// <summary>
    /// Fraction of the pixels a window covers: halved, quartered and so on after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000 queries.
    /// </summary>
    public static double Fraction(double first, int query)
    {
        int[] halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
        return first / (1 << halvings.Count(after => query > after));
    }

    /// <summary>The query's place in the schedule, which is one of 10,000 queries.</summary>
    internal int Scheduled(int query) => settings.Rescale is true ? (int)((double)query / settings.Queries * 10_000) : query;
}

/// <summary>The search on one batch. Perturbations are kept row by row as plain floats, in units of the threat's space.</summary>
internal sealed class SquareState
{
    private readonly BatchUnderAttack _batch;
    private readonly SquareWindows _windows;
    private readonly IReadOnlyList<ExampleNoise> _noise;
    private readonly int _size;
    private readonly float[] _best;
    private readonly float[] _candidate;
    private readonly double[] _margins;

    public SquareState(BatchUnderAttack batch, SquareWindows windows)
    {
        (_batch, _windows, _noise) = (batch, windows, batch.Noise);
        _size = (int)(batch.Pixels.numel() / batch.Pixels.shape[0]);
        _candidate = new float[batch.Pixels.numel()];
        for (var row = 0; row < _noise.Count; row++)
            windows.Begin(_noise[row], Row(_candidate, row));
        using var scope = NewDisposeScope();
        (_best, _margins) = Look(0);
    }

    public void Try(int query, int side)
    {
        using var scope = NewDisposeScope();
        _best.CopyTo(_candidate, 0);
        for (var row = 0; row < _noise.Count; row++)
            _windows.Change(_noise[row], query, side, Row(_candidate, row));
        var (tried, margins) = Look(query + 1);
        for (var row = 0; row < _noise.Count; row++)
        {
            if (!(margins[row] < _margins[row]))
                continue;
            _margins[row] = margins[row];
            Row(tried, row).CopyTo(Row(_best, row));
        }
    }

    /// <summary>Shows the candidates. Gives what clipping leaves of them, and the margins of the label there.</summary>
    private (float[] Tried, double[] Margins) Look(int query)
    {
        var space = _batch.Network.Space;
        var feasible = space.Feasible(_batch.Pixels, tensor(_candidate, _batch.Pixels.shape));
        var point = space.Apply(_batch.Pixels, feasible);
        var logits = _batch.Logits(point);
        _batch.See(point, logits, query);
        var readings = AttackEvaluation.Read(logits, [.. _batch.Examples.Select(example => example.Label)]);
        return (feasible.data<float>().ToArray(), [.. readings.Select(reading => reading.Margin)]);
    }

    private Span<float> Row(float[] values, int row) => values.AsSpan(row * _size, _size);
}
