using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al., CVPR 2016) for every row of a batch by itself: steps onto the nearest linearised boundary, each times
/// 1 + overshoot as in the authors' code, until the prediction is another than at the start. Theirs knows no box; where the threat clips,
/// each step is the shortest within it, as FAB's, for clipping one that ignores it can stop short of the boundary for ever. Where the
/// box holds nothing back the two are one. Quantized logits can tie, which leaves no way to go: from there steps
/// are <see cref="Shortest"/> and double as long as the tie lasts.
/// </summary>
/// <param name="ball">The norm steps are the shortest in; null: the threat's.</param>
public sealed class DeepFoolWalk(AttackedNetwork network, DeepFool settings, Passes passes, NormBall? ball = null)
{
    // In the threat's units, box aside.
    private const double Shortest = 1e-4;

    private readonly NormBall _ball = ball ?? network.Ball;

    /// <param name="pixels">[n, channels, height, width]: where to begin.</param>
    /// <param name="attacked">[n]: rows to move; the others stay.</param>
    /// <param name="seen">Gets the number of each step (from 1), the points and their logits.</param>
    public DeepFoolFindings Walk(Tensor pixels, IReadOnlyList<bool> attacked, Action<int, Tensor, Tensor>? seen = null)
    {
        using var scope = NewDisposeScope();
        bool[] walking = [.. attacked];
        var steps = new int[walking.Length];
        var clean = passes.Logits(pixels, walking);
        long[] labels = [.. AttackEvaluation.Read(clean, new long[walking.Length]).Select(reading => (long)Math.Max(reading.Prediction, 0))];
        var own = tensor(labels);
        var others = LogitDifferences.OthersByRank(clean, own).narrow(1, 0, Math.Min(settings.Classes, network.Classes) - 1);
        using Scalar longer = 1 + settings.Overshoot;
        double[] least = [.. labels.Select(_ => Shortest)];
        var (low, high) = (Flat(network.Space.Reach(pixels).Low), Flat(network.Space.Reach(pixels).High));
        var at = zeros_like(low);
        var perturbation = zeros_like(pixels);
        for (var number = 1; number <= settings.Steps && walking.Contains(true); number++)
        {
            using var inner = NewDisposeScope();
            var differences = passes.Differences(network.Space.Apply(pixels, perturbation), own, others, walking);
            var (excess, weights) = _ball.Nearest(differences, network.Space);
            var dual = _ball.Dual(weights);
            var step = _ball.Toward(minimum(excess, -dual * tensor(least)), weights, at - low, high - at);
            var ties = excess.abs().lt(dual * tensor(least)).data<bool>().ToArray();
            at = where(tensor(walking).unsqueeze(1), minimum(maximum(at.add(step * longer, Numbers.One), low), high), at).MoveToOuterDisposeScope();
            perturbation = at.to(ScalarType.Float32).view(pixels.shape).MoveToOuterDisposeScope();
            var point = network.Space.Apply(pixels, perturbation);
            var logits = passes.Logits(point, walking);
            seen?.Invoke(number, point, logits);
            var readings = AttackEvaluation.Read(logits, labels);
            for (var row = 0; row < walking.Length; row++)
            {
                steps[row] += walking[row] ? 1 : 0;
                walking[row] &= readings[row].Correct;
                least[row] = ties[row] ? 2 * least[row] : Shortest;
            }
        }
        return new DeepFoolFindings(perturbation.MoveToOuterDisposeScope(), steps, [.. attacked.Zip(walking, (moved, walks) => moved && !walks)]);
    }

    private static Tensor Flat(Tensor images) => images.flatten(1).to(ScalarType.Float64);
}

/// <summary>Ways through a network, for those rows of a batch that are true; the others' results are not looked at.</summary>
/// <param name="Logits">Points → [n, classes], without gradient.</param>
/// <param name="Differences">Points, own class of each row and the classes held against it → <see cref="LogitDifferences"/>.</param>
public sealed record Passes(
    Func<Tensor, IReadOnlyList<bool>, Tensor> Logits, Func<Tensor, Tensor, Tensor, IReadOnlyList<bool>, LogitDifferences> Differences);

/// <param name="Perturbation">In the threat's units, overshoot included; zero in rows that were not attacked.</param>
/// <param name="Steps">Taken by each row.</param>
/// <param name="Changed">Whether a row's prediction did change.</param>
public sealed record DeepFoolFindings(Tensor Perturbation, int[] Steps, bool[] Changed);
