using Ledger.Domain.Metrics;

namespace Ledger.Runner.Attacks;

/// <summary>
/// What an attack has found on one example so far: the first misclassified point, or else the point of highest loss.
/// Only examples classified right without perturbation are attacked.
/// </summary>
public sealed class AttackedExample(long index, long label, LogitReading clean)
{
    public long Index { get; } = index;

    public long Label { get; } = label;

    public LogitReading Clean { get; } = clean;

    /// <summary>At the point kept; the clean reading as long as there is none.</summary>
    public LogitReading Adversarial { get; private set; } = clean;

    public bool Broken { get; private set; }

    /// <summary>Steps taken when the point kept was reached; 0 is the starting point.</summary>
    public int Step { get; private set; }

    /// <summary>From 0: the restart the point kept belongs to.</summary>
    public int Restart { get; private set; }

    /// <summary>Forward passes spent while the example stood, the clean one included; unlike the work done, free of its neighbours.</summary>
    public int Queries { get; private set; } = 1;

    /// <summary>The loss gradient at the first point was exactly zero: a step from there has no direction.</summary>
    public bool ZeroGradient { get; set; }

    /// <summary>Norms of pixels changed, in pixels; and in the threat's norm and space.</summary>
    public (double Linf, double L2, double Threat) Distance { get; set; }

    public bool Standing => Clean.Correct && !Broken;

    /// <summary>The outcome when nothing was tried.</summary>
    public Outcome CleanOutcome() => new(
        (int)Index, (int)Label, Clean.Prediction, null, Clean.Correct, false, null, null, Clean.Margin, null, null, null, Queries, null);

    /// <param name="attack">Written as what broke the example.</param>
    public Outcome Outcome(string attack) => new(
        (int)Index, (int)Label, Clean.Prediction, Clean.Correct ? Adversarial.Prediction : null, Clean.Correct, Broken,
        Clean.Correct ? Distance.Linf : null, Clean.Correct ? Distance.L2 : null, Clean.Margin,
        Clean.Correct && double.IsFinite(Adversarial.Loss) ? Adversarial.Loss : null,
        Broken ? Step : null, Broken ? attack : null, Queries, Broken ? Restart : null);

    /// <summary>Takes note of a point; answers whether it is the one to keep.</summary>
    public bool Sees(LogitReading point, int restart, int step)
    {
        if (!Standing)
            return false;
        Queries++;
        if (point.Correct && !(point.Loss > Adversarial.Loss))
            return false;
        (Adversarial, Broken, Restart, Step) = (point, !point.Correct, restart, step);
        return true;
    }
}

/// <summary>All examples of an evaluation, in the order given.</summary>
/// <param name="GradientEvaluations">Forward-backward passes, summed over examples (those already broken or wrong included while their batch goes on).</param>
public sealed record AttackFindings(IReadOnlyList<AttackedExample> Examples, long GradientEvaluations, double LongestAllowed)
{
    public int Correct => Examples.Count(example => example.Clean.Correct);

    public int Broken => Examples.Count(example => example.Broken);

    /// <summary>Longest perturbation kept, in the threat's norm and space; 0 when nothing was attacked.</summary>
    public double MaxDistance => Examples.Max(example => example.Distance.Threat);
}
