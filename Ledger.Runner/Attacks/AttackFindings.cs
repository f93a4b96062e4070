using Ledger.Domain.Runs;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>What attacks found on all examples of an evaluation, in the order given.</summary>
/// <param name="Parts">The attacks in the order in which they ran.</param>
/// <param name="Kept">
/// The point kept of each example, [n, channels, height, width], float32: the misclassified one, or else the one of highest loss found;
/// the unperturbed image where there is none and where it was not attacked.
/// </param>
/// <param name="LongestAllowed">Longest perturbation that counts as within ε.</param>
public sealed record AttackFindings(
    IReadOnlyList<AttackedExample> Examples, IReadOnlyList<AttackFindings.Part> Parts, Tensor Kept, double LongestAllowed)
{
    /// <summary>One attack and what came of it.</summary>
    public sealed record Part(BatchAttack Attack, AttackPart Counts);

    public int Correct => Examples.Count(example => example.Clean.Correct);

    public int Broken => Examples.Count(example => example.Broken);

    /// <summary>Forward-backward passes, summed over the examples they were spent on; rows that only fill a batch are not counted.</summary>
    public long GradientEvaluations => Examples.Sum(example => (long)example.Gradients);

    /// <summary>Forward passes without gradient, likewise; those of the unperturbed examples included.</summary>
    public long ForwardEvaluations => Examples.Sum(example => 1L + example.Forwards);

    /// <summary>Longest perturbation kept, in the threat's norm and space; 0 when nothing was attacked.</summary>
    public double MaxDistance => Examples.Max(example => example.Distance.Threat);
}
