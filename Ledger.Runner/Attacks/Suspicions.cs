using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Reasons to doubt an attack's result that can be seen from that attack alone (Carlini et al., "On evaluating adversarial
/// robustness", 2019). A flag does not change a result; what needs a second attack to see is not here.
/// </summary>
public static class Suspicions
{
    /// <summary>More than this fraction of attacked examples start with a gradient of exactly zero: saturated or masked gradients.</summary>
    public const double ZeroGradient = 0.01;

    /// <summary>More than this fraction of attacked examples never saw a loss above their clean one.</summary>
    public const double LossNotRaised = 0.05;

    /// <summary>More than this fraction of attacked examples first broke in the last quarter of 8 or more steps: more steps would break more.</summary>
    public const double StillBreaking = 0.05;

    /// <summary>Where the last quarter of a round's steps begins.</summary>
    public const double Late = 0.75;

    private const int StepsWithAQuarter = 8;

    /// <summary>The flags of one result, in a fixed order; none is good news only as far as these checks see.</summary>
    public static IReadOnlyList<ResultFlagged> Of(string step, AttackFindings found, AttackedNetwork network)
    {
        var attack = found.Parts[0].Attack;
        var attacked = found.Examples.Where(example => example.Clean.Correct).ToArray();
        double Fraction(Func<AttackedExample, bool> holds) => attacked.Length == 0 ? 0 : (double)attacked.Count(holds) / attacked.Length;
        var late = attack.Steps < StepsWithAQuarter ? 0 : Fraction(example => example.Broken && example.Late);
        var reach = attack.Steps * attack.StepSize / network.Ball.Radius;
        var chance = 1.0 / network.Classes;
        var clean = Accuracy.Wilson95(attacked.Length, found.Examples.Count).Low;
        var broken = (double)found.Examples.Count(example => example.Clean.Prediction < 0 || example.Adversarial.Prediction < 0);
        // Distances that are sought to the end, and perturbations that are drawn or given, need not raise the loss of what they do not break.
        var raises = attack is { IsWhiteBox: true, Keeps: Keeping.FirstBroken };
        (bool Raised, string Code, double Value, double Threshold)[] checks =
        [
            (Fraction(example => example.ZeroGradient) > ZeroGradient, "zero-gradient", Fraction(example => example.ZeroGradient), ZeroGradient),
            (raises && Fraction(NotRaised) > LossNotRaised, "loss-not-raised", Fraction(NotRaised), LossNotRaised),
            (late > StillBreaking, "still-breaking", late, StillBreaking),
            // Steps that cannot get from the example to the ball's surface; a rounding of the step size is no reason.
            (attack.StepSize > 0 && reach < 1 - 1e-6, "out-of-reach", reach, 1),
            (clean <= chance, "clean-at-chance", clean, chance),
            (broken > 0, "non-finite-logits", broken, 0),
        ];
        return [.. checks.Where(check => check.Raised).Select(check => new ResultFlagged(step, check.Code, check.Value, check.Threshold))];
    }

    private static bool NotRaised(AttackedExample example) => !example.Broken && !(example.Adversarial.Loss > example.Clean.Loss);
}
