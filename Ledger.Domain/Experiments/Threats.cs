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
public sealed record Pgd(int Steps, StepSize StepSize, Start Start, int Restarts = 1) : AttackSpec;

public enum Start
{
    Zero,
    Random,
}

/// <summary>One threat and one attack: the same definition serves training, fine-tuning and attacking.</summary>
public sealed record Adversary(string Name, Threat Threat, AttackSpec Attack);
