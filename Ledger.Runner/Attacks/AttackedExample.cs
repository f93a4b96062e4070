using Ledger.Domain.Metrics;

namespace Ledger.Runner.Attacks;

/// <summary>A point an attack came by.</summary>
/// <param name="Late">In the last quarter of the attack's steps.</param>
/// <param name="Length">In the threat's norm and space; 0 where the attack does not seek the closest.</param>
public readonly record struct SeenPoint(LogitReading Reading, string Attack, int Restart, int Step, bool Late = false, double Length = 0);

/// <summary>
/// What has been found on one example so far: the first misclassified point (or the closest, or the strongest, where that is sought), or
/// else the point of highest cross-entropy. Only examples classified right without perturbation can be broken; others are attacked only for
/// points to be measured.
/// </summary>
public sealed class AttackedExample(long index, long label, LogitReading clean)
{
    public long Index { get; } = index;

    public long Label { get; } = label;

    public LogitReading Clean { get; } = clean;

    /// <summary>At the point kept; the clean reading as long as there is none.</summary>
    public LogitReading Adversarial { get; private set; } = clean;

    /// <summary>A misclassified point within the threat was found.</summary>
    public bool Broken { get; private set; }

    /// <summary>Name of the attack that broke it; null while it stands.</summary>
    public string? BrokenBy { get; private set; }

    /// <summary>Steps taken when the example broke or, while it stands, when the point kept was reached; 0 is the starting point.</summary>
    public int Step { get; private set; }

    /// <summary>From 0: the round in which that was.</summary>
    public int Restart { get; private set; }

    /// <summary>It was in the last quarter of an attack's steps.</summary>
    public bool Late { get; private set; }

    /// <summary>Highest cross-entropy of points seen before the last quarter of any round's steps; the clean one if there were none.</summary>
    public double EarlyLoss { get; private set; } = clean.Loss;

    /// <summary>Length of the shortest misclassified perturbation found, within ε or not; null where none was found or the closest was not sought.</summary>
    public double? ShortestLength { get; private set; }

    /// <summary>Forward passes without gradient, the clean one not included, while a better point was sought; free of its neighbours, unlike the work done.</summary>
    public int Forwards { get; set; }

    /// <summary>Forward-backward passes, likewise.</summary>
    public int Gradients { get; set; }

    /// <summary>Passes through the network, the clean one included.</summary>
    public int Queries => 1 + Forwards + Gradients;

    /// <summary>An attack's first gradient was exactly zero: a step from there has no direction.</summary>
    public bool ZeroGradient { get; set; }

    /// <summary>The loss gradient at the first point was NaN or infinite somewhere; steps treat such pixels as if it were zero.</summary>
    public bool NonFiniteGradient { get; set; }

    /// <summary>Norms of pixels changed, in pixels; and in the threat's norm and space.</summary>
    public (double Linf, double L2, double Threat) Distance { get; set; }

    public bool Standing => Clean.Correct && !Broken;

    /// <summary>The outcome when nothing was tried.</summary>
    public Outcome CleanOutcome() => new(
        (int)Index, (int)Label, Clean.Prediction, null, Clean.Correct, false, null, null, Clean.Margin, null, null, null, Queries, null);

    public Outcome Outcome() => new(
        (int)Index, (int)Label, Clean.Prediction, Clean.Correct ? Adversarial.Prediction : null, Clean.Correct, Broken,
        Clean.Correct ? Distance.Linf : null, Clean.Correct ? Distance.L2 : null, Clean.Margin,
        Clean.Correct && double.IsFinite(Adversarial.Loss) ? Adversarial.Loss : null,
        Broken ? Step : null, BrokenBy, Queries, Broken ? Restart : null, ShortestLength);

    /// <returns>Whether the point is to be kept.</returns>
    internal bool Sees(SeenPoint point, Keeping keeping, double longest)
    {
        if (keeping == Keeping.HighestLoss)
            return point.Reading.Loss > Adversarial.Loss && Keep(point);
        if (keeping == Keeping.Given)
            return Standing && (point.Reading.Correct ? Keep(point) : Break(point));
        if (!point.Late && Standing)
            EarlyLoss = Math.Max(EarlyLoss, point.Reading.Loss);
        if (keeping == Keeping.Closest)
            return SeesClosest(point, longest);
        return Standing ? SeesFirst(point) : keeping == Keeping.Strongest && SeesStronger(point);
    }

    private bool SeesFirst(SeenPoint point)
    {
        if (!point.Reading.Correct)
            return Break(point);
        return point.Reading.Loss > Adversarial.Loss && Keep(point);
    }

    private bool SeesStronger(SeenPoint point)
    {
        if (Clean.Correct && (!Broken || point.Reading.Correct))
            return false;
        if (!(point.Reading.Loss > Adversarial.Loss))
            return false;
        Adversarial = point.Reading;
        return true;
    }

    private bool SeesClosest(SeenPoint point, double longest)
    {
        if (!Clean.Correct || point.Reading.Correct || point.Length >= ShortestLength)
            return false;
        ShortestLength = point.Length;
        return point.Length <= longest && Break(point);
    }

    private bool Break(SeenPoint point)
    {
        (Broken, BrokenBy) = (true, point.Attack);
        return Keep(point);
    }

    private bool Keep(SeenPoint point)
    {
        (Adversarial, Restart, Step, Late) = (point.Reading, point.Restart, point.Step, point.Late);
        return true;
    }
}
