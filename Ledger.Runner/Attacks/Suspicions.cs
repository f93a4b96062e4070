using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Reasons to doubt a result that can be seen from one attack step alone (Carlini et al., "On evaluating adversarial robustness", 2019;
/// AutoAttack's own flags). A flag does not change a result; what needs a second step to see, such as a radius that breaks less than
/// a smaller one, is not here. That a robust example is right without perturbation holds by construction.
/// </summary>
public static class Suspicions
{
    /// <summary>
    /// More than this fraction of attacked examples start with a gradient of exactly zero: saturated or masked gradients. AutoAttack warns of one.
    /// </summary>
    public const double ZeroGradient = 0.01;

    /// <summary>More than this fraction of attacked examples never saw a loss above their clean one, though gradients were followed.</summary>
    public const double LossNotRaised = 0.05;

    /// <summary>More than this fraction of attacked examples first broke in the last quarter of 8 or more steps: more steps would break more.</summary>
    public const double StillBreaking = 0.05;

    /// <summary>More than this part of what the loss of standing examples rose came in the last quarter of 8 or more steps: no plateau yet.</summary>
    public const double StillRising = 0.1;

    /// <summary>
    /// More than this fraction of all examples fell to an attack that should be the weaker one, after a stronger had left them standing:
    /// without gradients after one with them, or one step after several. AutoAttack's limit for Square.
    /// </summary>
    public const double WeakerBreaksMore = 0.002;

    /// <summary>Part of ε that a quantizer's levels may miss at the ends of its range.</summary>
    public const double InputRounding = 0.1;

    /// <summary>From so many examples a class, one without any is no accident: a subset of data that stand class by class.</summary>
    public const int ExamplesToMissAClass = 20;

    /// <summary>Where the last quarter of a round's steps begins.</summary>
    public const double Late = 0.75;

    private const int StepsWithAQuarter = 8;

    /// <summary>The flags of one result, in a fixed order; none is good news only as far as these checks see.</summary>
    public static IReadOnlyList<ResultFlagged> Of(string step, AttackFindings found, AttackedNetwork network)
    {
        Doubt[] doubts = [.. OfClasses(found, network), .. OfExamples(found), .. OfParts(found, network), .. OfNetwork(found, network)];
        return [.. doubts.Where(doubt => doubt.Raised).Select(doubt => new ResultFlagged(step, doubt.Code, Finite(doubt.Value), doubt.Threshold))];
    }

    private readonly record struct Doubt(bool Raised, string Code, double Value, double Threshold)
    {
        public static Doubt Above(string code, double value, double threshold) => new(value > threshold, code, value, threshold);
    }

    private static IEnumerable<Doubt> OfClasses(AttackFindings found, AttackedNetwork network)
    {
        if (found.Examples.Count < ExamplesToMissAClass * network.Classes)
            yield break;
        var seen = found.Examples.Select(example => example.Label).Distinct().Count();
        yield return new Doubt(seen < network.Classes, "missing-classes", seen, network.Classes);
    }

    private static IEnumerable<Doubt> OfExamples(AttackFindings found)
    {
        var attacked = found.Examples.Where(example => example.Clean.Correct).ToArray();
        double Fraction(Func<AttackedExample, bool> holds) => attacked.Length == 0 ? 0 : (double)attacked.Count(holds) / attacked.Length;
        var quarters = found.Parts.Max(part => part.Attack.Steps) >= StepsWithAQuarter;
        yield return Doubt.Above("zero-gradient", Fraction(example => example.ZeroGradient), ZeroGradient);
        yield return Doubt.Above("non-finite-gradient", Fraction(example => example.NonFiniteGradient), 0);
        // Distances that are sought to the end, and perturbations that are drawn or given, need not raise the loss of what they do not break.
        if (found.Parts.Any(part => part.Attack is { IsWhiteBox: true, Keeps: Keeping.FirstBroken }))
            yield return Doubt.Above("loss-not-raised", Fraction(NotRaised), LossNotRaised);
        if (quarters)
            yield return Doubt.Above("still-breaking", Fraction(example => example.Broken && example.Late), StillBreaking);
        if (quarters)
            yield return Doubt.Above("still-rising", LateRise(attacked), StillRising);
    }

    private static IEnumerable<Doubt> OfParts(AttackFindings found, AttackedNetwork network)
    {
        double[] reaches = [.. found.Parts.Where(part => part.Attack is { StepSize: > 0, Steps: > 0 }).Select(part => part.Attack.Steps * part.Attack.StepSize / network.Ball.Radius)];
        // Steps that cannot get from the example to the ball's surface; a rounding of the step size is no reason.
        if (reaches.Length > 0 && reaches.Min() < 1 - 1e-6)
            yield return new Doubt(true, "out-of-reach", reaches.Min(), 1);
        yield return Doubt.Above("gradient-free-stronger", After(found, part => !part.IsWhiteBox, before => before.IsWhiteBox), WeakerBreaksMore);
        yield return Doubt.Above("single-step-stronger", After(found, part => part.IsWhiteBox && part.Steps == 1, before => before.Steps > 1), WeakerBreaksMore);
    }

    private static IEnumerable<Doubt> OfNetwork(AttackFindings found, AttackedNetwork network)
    {
        var chance = 1.0 / network.Classes;
        var clean = Accuracy.Wilson95(found.Correct, found.Examples.Count).Low;
        yield return new Doubt(clean <= chance, "clean-at-chance", clean, chance);
        yield return Doubt.Above("non-finite-logits", found.Examples.Count(example => example.Clean.Prediction < 0 || example.Adversarial.Prediction < 0), 0);
        yield return new Doubt(!(found.Forward.Difference <= 0), "random-forward", found.Forward.Difference, 0);
        yield return new Doubt(found.Forward.ArePositiveAndSumToOne, "probability-output", 1, 0);
        var passed = InputRange.Passed(network.Threat, network.Architecture);
        yield return new Doubt(passed < 1 - InputRounding, "input-cut", passed, 1);
        if (IsUnbounded(network))
            yield return Doubt.Above("standing-without-bound", (double)(found.Correct - found.Broken) / found.Examples.Count, chance);
    }

    /// <summary>Whether every image can become plain grey, so that an accuracy above chance is the attack's failure.</summary>
    private static bool IsUnbounded(AttackedNetwork network)
    {
        var values = network.Architecture.Input.Aggregate(1, (all, side) => all * side);
        return network.Threat is { Space: Domain.Experiments.Space.Pixel, Clip: true } && network.Ball.Radius >= (network.Ball is LinfBall ? 0.5 : Math.Sqrt(values) / 2);
    }

    private static double After(AttackFindings found, Func<BatchAttack, bool> weaker, Func<BatchAttack, bool> stronger) =>
        (double)found.Parts.Where((part, at) => weaker(part.Attack) && found.Parts.Take(at).Any(before => stronger(before.Attack))).Sum(part => part.Counts.Broken)
        / found.Examples.Count;

    private static bool NotRaised(AttackedExample example) => !example.Broken && !(example.Adversarial.Loss > example.Clean.Loss);

    private static double LateRise(IEnumerable<AttackedExample> attacked)
    {
        var standing = attacked.Where(example => example.Standing).ToArray();
        var (late, all) = (standing.Sum(example => Math.Max(example.Adversarial.Loss - example.EarlyLoss, 0)), standing.Sum(example => example.Adversarial.Loss - example.Clean.Loss));
        return all > 0 ? late / all : 0;
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
