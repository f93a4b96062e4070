namespace Ledger.Domain.Experiments;

/// <summary>What every form of FAB has (Croce and Hein 2020); the defaults are AutoAttack's.</summary>
/// <param name="Steps">At least 1.</param>
/// <param name="AlphaMax">Most that a step is drawn toward the example, in [0, 1].</param>
/// <param name="Eta">Overshoot of both projections, at least 1.</param>
/// <param name="Beta">Part of the way that is kept when going back from a misclassified point, in (0, 1).</param>
/// <param name="Restarts">At least 1; those after the first begin at half of min(ε, the distance found) in a random direction.</param>
/// <param name="Goal">Null: <see cref="MinimumNormGoal.Threat"/>.</param>
public sealed record FabSettings(
    int Steps = 100, double AlphaMax = 0.1, double Eta = 1.05, double Beta = 0.9, int Restarts = 1, MinimumNormGoal? Goal = null);

/// <summary>When an attack that seeks the nearest misclassified point is done with an example.</summary>
public enum MinimumNormGoal
{
    /// <summary>Once a walk has ended with a point within ε: no further restarts or targets. Distances are upper bounds by what was tried.</summary>
    Threat,

    /// <summary>When every restart and target has been walked, so that the distance is the least that any of them finds.</summary>
    Distance,
}

/// <summary>Fast adaptive boundary attack, looking at the boundaries to all other classes: one backward pass for each at each step.</summary>
public sealed record Fab(FabSettings Settings) : AttackSpec;

/// <summary>FAB toward one class at a time, as AutoAttack has it for many classes: one backward pass a step.</summary>
/// <param name="Targets">Classes tried: those of rank 2, 3 … among the logits of the unperturbed example; classes − 1 at most.</param>
public sealed record TargetedFab(FabSettings Settings, int Targets = 9) : AttackSpec;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al. 2016): onto the nearest linearised boundary again and again until the prediction changes. In L∞ the
/// steps are of the dual form (the paper's section 3.3). The paper knows no box; where the threat clips, each step is the shortest within it.
/// </summary>
/// <param name="Steps">At most, from 1.</param>
/// <param name="Overshoot">The perturbation is this much longer than the sum of its steps.</param>
/// <param name="Classes">Boundaries looked at: to those of the highest logits of the unperturbed example, its own included; at least 2.</param>
public sealed record DeepFool(int Steps = 50, double Overshoot = 0.02, int Classes = 10) : AttackSpec;

/// <summary>
/// Random perturbations: uniform in the ball (L∞), or in a uniform direction on its surface (L2); clipped where the threat clips. Each
/// example is left alone once a draw has broken it.
/// </summary>
/// <param name="Draws">At least 1.</param>
public sealed record RandomNoise(int Draws) : AttackSpec;
