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

/// <summary>One threat and one attack: the same definition serves training, fine-tuning and attacking.</summary>
public sealed record Adversary(string Name, Threat Threat, AttackSpec Attack);
