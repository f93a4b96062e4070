using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

public enum Norm
{
    Linf,
    L2,
}

/// <summary>Where ε and the step size are measured: pixels in [0, 1], or the network's normalised inputs.</summary>
public enum Space
{
    Pixel,
    Normalized,
}

/// <summary>What an adversary may do. Worst cases are taken only within one threat and one set of examples.</summary>
/// <param name="Eps">Radius, as written (an exact rational such as 8/255), in units of <paramref name="Space"/>.</param>
/// <param name="Clip">Whether perturbed pixels are kept inside [0, 1].</param>
public sealed record Threat(Norm Norm, Exact Eps, Space Space, bool Clip);

/// <summary>How a perturbation within the threat is sought.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "attack", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Fgsm), "fgsm")]
[JsonDerivedType(typeof(Pgd), "pgd")]
[JsonDerivedType(typeof(ApgdCe), "apgd-ce")]
[JsonDerivedType(typeof(ApgdDlr), "apgd-dlr")]
[JsonDerivedType(typeof(ApgdT), "apgd-t")]
[JsonDerivedType(typeof(Square), "square")]
[JsonDerivedType(typeof(Fab), "fab")]
[JsonDerivedType(typeof(TargetedFab), "fab-t")]
[JsonDerivedType(typeof(DeepFool), "deepfool")]
[JsonDerivedType(typeof(RandomNoise), "noise")]
[JsonDerivedType(typeof(UniversalDeepFool), "uap")]
[JsonDerivedType(typeof(UniversalSgd), "sgd-uap")]
[JsonDerivedType(typeof(Transfer), "transfer")]
[JsonDerivedType(typeof(Ensemble), "worst-of")]
public abstract record AttackSpec;

/// <summary>One signed (L∞) or normalised (L2) gradient step of length ε from the example itself (Goodfellow et al. 2015).</summary>
public sealed record Fgsm : AttackSpec;

/// <summary>Projected gradient descent (Madry et al. 2018); an example counts as broken if it is at any iterate.</summary>
/// <param name="Steps">At least 1.</param>
/// <param name="StepSize">A number, <c>eps/k</c>, or <c>c*eps/steps</c>, in units of the threat's space.</param>
/// <param name="Restarts">At least 1; only examples still standing are attacked again. 1 is forced when Start is zero.</param>
/// <param name="Loss">What is raised; null: <see cref="AttackLoss.Ce"/>.</param>
/// <param name="StartDeviation">Of <see cref="Start.Normal"/>, in units of the threat's space; null with every other start.</param>
public sealed record Pgd(
    int Steps, StepSize StepSize, Start Start, int Restarts = 1, AttackLoss? Loss = null, double? StartDeviation = null) : AttackSpec;

/// <summary>Where a walk begins: a perturbation within the threat, drawn by the example's index.</summary>
public enum Start
{
    /// <summary>At the example itself.</summary>
    Zero,

    /// <summary>L∞: uniform in the ball. L2: a uniform direction, at a length uniform in [0, ε) (Madry et al. 2018).</summary>
    Random,

    /// <summary>Independent normal values of a small deviation in every pixel, then projected (TRADES, Zhang et al. 2019).</summary>
    Normal,

    /// <summary>On the ball's surface, as APGD starts: uniform values (L∞) or normal ones (L2), scaled to length ε.</summary>
    Sphere,
}

/// <summary>
/// What a gradient attack raises, for each example by itself; z are the logits, y the label, z_π1 ≥ z_π2 ≥ … the logits sorted.
/// </summary>
public enum AttackLoss
{
    /// <summary>Cross-entropy, log Σ exp z − z_y.</summary>
    Ce,

    /// <summary>KL(p(x) ‖ p(x + δ)): away from what the network says of the unperturbed example; the label plays no part (TRADES, Zhang et al. 2019).</summary>
    Kl,

    /// <summary>max over other classes of z − z_y; above 0 when misclassified. What Carlini and Wagner (2017) minimise, and CW∞ of later papers.</summary>
    Margin,

    /// <summary>−(z_y − max other z)/(z_π1 − z_π3 + 1e-12), blind to the scale of the logits (Croce and Hein 2020); three classes at least.</summary>
    Dlr,
}

/// <summary>APGD on the cross-entropy (Croce and Hein, ICML 2020): PGD with momentum that halves its own step, starting on the ball's surface.</summary>
/// <param name="Steps">At least 1; the authors use 100.</param>
/// <param name="Restarts">At least 1; only examples still standing are attacked again.</param>
public sealed record ApgdCe(int Steps = 100, int Restarts = 1) : AttackSpec;

/// <summary>APGD on <see cref="AttackLoss.Dlr"/>; three classes at least.</summary>
/// <inheritdoc cref="ApgdCe"/>
public sealed record ApgdDlr(int Steps = 100, int Restarts = 1) : AttackSpec;

/// <summary>APGD on the targeted DLR loss, towards one class after another; four classes at least.</summary>
/// <param name="Steps">For each target, at least 1.</param>
/// <param name="Restarts">For each target, at least 1.</param>
/// <param name="Targets">Classes tried: those of rank 2, 3 … among the logits of the unperturbed example; classes − 1 at most.</param>
public sealed record ApgdT(int Steps = 100, int Restarts = 1, int Targets = 9) : AttackSpec;

/// <summary>
/// Square attack (Andriushchenko et al., ECCV 2020): a random search over square windows on the margin, without any gradient. The sizes
/// of the windows follow the authors' schedule over 10,000 queries.
/// </summary>
/// <param name="Queries">Candidates tried after the starting point, at least 1.</param>
/// <param name="PInit">Fraction of the pixels that the first windows cover, in (0, 1].</param>
/// <param name="Restarts">At least 1.</param>
/// <param name="Rescale">Whether the schedule is fitted to the number of queries, as the authors do by default; null: not, as in AutoAttack.</param>
public sealed record Square(int Queries = 5000, double PInit = 0.8, int Restarts = 1, bool? Rescale = null) : AttackSpec;

/// <summary>
/// Perturbations found on the network in role <c>parent</c>, tried on the one attacked: in each restart or for each target the one of
/// highest cross-entropy on the parent, sought to the end whatever is misclassified on the way.
/// </summary>
/// <param name="Of">The attack on the parent, one with gradients; the threat is the same.</param>
public sealed record Transfer(AttackSpec Of) : AttackSpec;

/// <summary>
/// Several attacks within one threat, each on what those before it left standing; an example is broken if any of them breaks it.
/// </summary>
/// <param name="Parts">In the order in which they run, at least 2.</param>
/// <param name="Name"><c>autoattack-standard</c> or <c>autoattack-plus</c> where the parts are exactly those; null: none that is known by a name.</param>
public sealed record Ensemble(IReadOnlyList<AttackSpec> Parts, string? Name = null) : AttackSpec;

/// <summary>One threat and one attack: the same definition serves training, fine-tuning and attacking.</summary>
public sealed record Adversary(string Name, Threat Threat, AttackSpec Attack);
