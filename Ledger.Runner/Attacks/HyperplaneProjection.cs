using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// The shortest step onto a hyperplane {z : w·z = b} that stays within a box, for each row by itself (the inner problem of Croce and
/// Hein, "Minimally distorted adversarial examples with a fast adaptive boundary attack", ICML 2020, section 3). Exact, in float64: every
/// coordinate moves against the excess w·x − b at its norm's speed until it meets its face, so the excess taken away is a concave piecewise
/// linear function of time, and Newton's method from the left ends on the piece that holds the root after finitely many rounds, where
/// the time is a quotient of two sums. Sorting the faces' times finds the same piece; a few rounds of sums cost less than a sort.
/// </summary>
public static class HyperplaneProjection
{
    /// <summary>The step of smallest maximum norm; of those, the one in which every coordinate moves as far as the farthest, or to its face.</summary>
    /// <param name="excess">[n]: w·x − b of each row's point x.</param>
    /// <param name="normals">[n, d]: w. A coordinate of weight 0 does not move.</param>
    /// <param name="down">[n, d]: how far each coordinate may fall, from 0; may be infinite.</param>
    /// <param name="up">How far each may rise.</param>
    /// <returns>[n, d]. Where the box does not reach the hyperplane, the step to the corner nearest to it.</returns>
    public static Tensor Linf(Tensor excess, Tensor normals, Tensor down, Tensor up) => Along(excess, normals, normals.sign().abs(), down, up);

    /// <summary>The step of smallest Euclidean norm, which is unique; otherwise as <see cref="Linf"/>.</summary>
    public static Tensor L2(Tensor excess, Tensor normals, Tensor down, Tensor up) => Along(excess, normals, normals.abs(), down, up);

    /// <param name="speeds">[n, d]: how far a coordinate moves in a unit of time.</param>
    private static Tensor Along(Tensor excess, Tensor normals, Tensor speeds, Tensor down, Tensor up)
    {
        using var scope = NewDisposeScope();
        var nowhere = zeros_like(normals);
        var directions = -(excess.sign().unsqueeze(1) * normals.sign());
        var room = where(directions.eq(Numbers.Zero), nowhere, where(directions.lt(Numbers.Zero), down, up));
        var gains = normals.abs();
        var time = zeros_like(excess).unsqueeze(1);
        for (var going = true; going;)
        {
            using var round = NewDisposeScope();
            var held = room.le(time * speeds);
            var missing = excess.abs() - where(held, gains * room, nowhere).sum(1);
            var pace = where(held, nowhere, gains * speeds).sum(1);
            var root = where(pace.gt(Numbers.Zero), missing / pace, zeros_like(pace)).unsqueeze(1);
            going = root.gt(time).any().item<bool>();
            time = maximum(time, root).MoveToOuterDisposeScope();
        }
        return (directions * minimum(time * speeds, room)).MoveToOuterDisposeScope();
    }
}
