using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al., CVPR 2016) for every row of a batch by itself: steps onto the nearest linearised boundary add up until
/// the prediction is another than at the start. Like the authors' code it moves to the sum of the steps times 1 + overshoot.
/// </summary>
public sealed class DeepFoolWalk(AttackedNetwork network, DeepFool settings, Passes passes)
{
    /// <param name="pixels">[n, channels, height, width]: where to begin.</param>
    /// <param name="attacked">[n]: rows to move; the others stay.</param>
    /// <param name="seen">Gets the number of each step (from 1), the points and their logits.</param>
    public DeepFoolFindings Walk(Tensor pixels, IReadOnlyList<bool> attacked, Action<int, Tensor, Tensor>? seen = null)
    {
        using var scope = NewDisposeScope();
        bool[] walking = [.. attacked];
        var steps = new int[walking.Length];
        var highest = passes.Logits(pixels, walking).topk(Math.Min(settings.Classes, network.Classes)).indexes;
        var (own, others) = (highest.select(1, 0).contiguous(), highest.narrow(1, 1, highest.shape[1] - 1));
        var labels = own.data<long>().ToArray();
        using Scalar longer = 1 + settings.Overshoot;
        var sum = zeros(pixels.flatten(1).shape, ScalarType.Float64);
        var perturbation = zeros_like(pixels);
        for (var step = 1; step <= settings.Steps && walking.Contains(true); step++)
        {
            using var inner = NewDisposeScope();
            var differences = passes.Differences(network.Space.Apply(pixels, perturbation), own, others, walking);
            var (excess, weights) = network.Ball.Nearest(differences, network.Space);
            sum = where(tensor(walking).unsqueeze(1), sum.add(network.Ball.Toward(excess, weights), Numbers.One), sum).MoveToOuterDisposeScope();
            perturbation = (sum * longer).to(ScalarType.Float32).view(pixels.shape).MoveToOuterDisposeScope();
            var point = network.Space.Apply(pixels, perturbation);
            var logits = passes.Logits(point, walking);
            seen?.Invoke(step, point, logits);
            var readings = AttackEvaluation.Read(logits, labels);
            for (var row = 0; row < walking.Length; row++)
            {
                steps[row] += walking[row] ? 1 : 0;
                walking[row] &= readings[row].Correct;
            }
        }
        return new DeepFoolFindings(perturbation.MoveToOuterDisposeScope(), steps, [.. attacked.Zip(walking, (moved, walks) => moved && !walks)]);
    }
}

/// <summary>Ways through a network, for those rows of a batch that are true; the others' results are not looked at.</summary>
/// <param name="Logits">Points → [n, classes], without gradient.</param>
/// <param name="Differences">Points, own class of each row and the classes held against it → <see cref="LogitDifferences"/>.</param>
public sealed record Passes(
    Func<Tensor, IReadOnlyList<bool>, Tensor> Logits, Func<Tensor, Tensor, Tensor, IReadOnlyList<bool>, LogitDifferences> Differences);

/// <param name="Perturbation">In the threat's units, overshoot included and before clipping; zero in rows that were not attacked.</param>
/// <param name="Steps">Taken by each row.</param>
/// <param name="Changed">Whether a row's prediction did change.</param>
public sealed record DeepFoolFindings(Tensor Perturbation, int[] Steps, bool[] Changed);
