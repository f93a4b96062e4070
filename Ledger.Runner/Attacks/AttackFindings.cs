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
    IReadOnlyList<AttackedExample> Examples, IReadOnlyList<AttackFindings.Part> Parts, Tensor Kept, double LongestAllowed, ForwardFacts Forward)
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

/// <summary>What two passes over the first batch say of the network, as AutoAttack asks before it begins; not counted as evaluations.</summary>
/// <param name="Difference">Largest change of a logit from one pass to the next; not a number where one is not.</param>
/// <param name="ArePositiveAndSumToOne">Every row is a probability distribution, to 1e-5: a softmax, under which gradients vanish.</param>
public sealed record ForwardFacts(double Difference, bool ArePositiveAndSumToOne)
{
    private const float Tolerance = 1e-5f;

    public static ForwardFacts Of(AttackedNetwork network, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (network.Logits(pixels), network.Logits(pixels));
        var sums = first.sum(1).data<float>().ToArray();
        var (low, high) = (first.min().item<float>(), first.max().item<float>());
        return new ForwardFacts(
            (first - second).abs().max().item<float>(), low > -Tolerance && high < 1 + Tolerance && sums.All(sum => Math.Abs(sum - 1) < Tolerance));
    }
}
