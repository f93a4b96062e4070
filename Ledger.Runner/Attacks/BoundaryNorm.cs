using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>What minimum-norm attacks ask of a norm: distances to hyperplanes, and the shortest steps onto them. Rows are flat, [n, d], float64.</summary>
internal static class BoundaryNorm
{
    /// <summary>The dual norm of the last dimension: |f| / ‖w‖ is the distance to the hyperplane where f is zero, box aside.</summary>
    public static Tensor Dual(this NormBall ball, Tensor weights) => ball switch
    {
        LinfBall => weights.abs().sum(-1),
        L2Ball => weights.pow(Numbers.Two).sum(-1).sqrt(),
        _ => throw Unknown(ball),
    };

    /// <summary>The boundary nearest in the linear picture, box aside: how far the other class is ahead [n], and its gradient [n, d].</summary>
    public static (Tensor Excess, Tensor Weights) Nearest(this NormBall ball, LogitDifferences seen, PixelSpace space)
    {
        // A network that overflows gives NaN; such a boundary stands still.
        var values = nan_to_num(seen.Values.to(ScalarType.Float64), 0, 0, 0);
        var weights = nan_to_num(space.Pull(seen.Gradients).flatten(2).to(ScalarType.Float64), 0, 0, 0);
        using Scalar tiny = 1e-12;
        var nearest = (values.abs() / ball.Dual(weights).add(tiny, Numbers.One)).argmin(1).unsqueeze(1);
        var index = nearest.unsqueeze(2).expand(-1, 1, weights.shape[2]);
        return (values.gather(1, nearest).squeeze(1), weights.gather(1, index).squeeze(1));
    }

    /// <summary>Length of each row, [n].</summary>
    public static Tensor RowLength(this NormBall ball, Tensor rows) => ball switch
    {
        LinfBall => rows.abs().amax([1]),
        L2Ball => rows.pow(Numbers.Two).sum(1).sqrt(),
        _ => throw Unknown(ball),
    };

    /// <summary>The shortest step within a box onto {excess = 0}, for rows whose excess changes by <paramref name="weights"/>: <see cref="HyperplaneProjection"/>.</summary>
    public static Tensor Toward(this NormBall ball, Tensor excess, Tensor weights, Tensor down, Tensor up) =>
        ball is LinfBall ? HyperplaneProjection.Linf(excess, weights, down, up) : HyperplaneProjection.L2(excess, weights, down, up);

    private static ArgumentOutOfRangeException Unknown(NormBall ball) => new(nameof(ball), ball, "no minimum-norm attack for this norm");
}
