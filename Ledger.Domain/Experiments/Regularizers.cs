using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

/// <summary>
/// Something added to the training loss, times a weight. Matrices W are a linear layer's weight [out, in], or a convolution's as
/// [out, in·kernel·kernel]; σ are singular values, largest first; G is the Gram matrix of W's smaller side, W·Wᵀ or Wᵀ·W, k × k.
/// <para>
/// Layers are named by <c>head</c> (the one that gives the logits), <c>hidden</c> (all others), <c>all</c>, or by node id.
/// </para>
/// </summary>
/// <param name="Weight">Above 0.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "regularizer", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(L1), "l1")]
[JsonDerivedType(typeof(GroupLasso), "group-lasso")]
[JsonDerivedType(typeof(NuclearNorm), "nuclear-norm")]
[JsonDerivedType(typeof(TransformedSparsity), "tsc")]
[JsonDerivedType(typeof(ConditionNumber), "cnc")]
[JsonDerivedType(typeof(Orthogonality), "orthogonal")]
[JsonDerivedType(typeof(SpectralNorm), "spectral")]
public abstract record RegularizerSpec(double Weight);

/// <summary>Σ|θ| over all parameters, biases and batch norm included (Barsbey et al., arXiv 2507.17725, released code).</summary>
public sealed record L1(double Weight) : RegularizerSpec(Weight);

/// <summary>
/// Sum over layers of Σᵢ‖Wᵢ‖₂, Wᵢ the rows (filters of a convolution). Refused for low-rank layers, as in the released code of Barsbey
/// et al. (arXiv 2507.17725).
/// </summary>
/// <param name="Layers">Null: hidden layers without the network's first convolution.</param>
public sealed record GroupLasso(double Weight, GroupLassoForm Form = GroupLassoForm.Plain, string[]? Layers = null) : RegularizerSpec(Weight);

public enum GroupLassoForm
{
    Plain,

    /// <summary>Σᵢ‖Wᵢ‖₂ / ‖W‖_F for each layer, from 1 (one row) to √rows (all alike): blind to the scale that batch norm makes arbitrary.</summary>
    ScaleInvariant,
}

/// <summary>Sum over layers of Σσ.</summary>
/// <param name="Layers">Null: linear layers but the head (Barsbey et al.: two-dimensional parameters but the last).</param>
public sealed record NuclearNorm(double Weight, string[]? Layers = null) : RegularizerSpec(Weight);

/// <summary>
/// The transformed sparse constraint of Feng et al. (arXiv 2503.20454): transformed L1 of an L0 penalty on convolution filters. Each filter
/// i of a gated layer is multiplied by a hard-concrete gate (Louizos et al. 2018) with parameter log α, and with
/// uᵢ = P(gateᵢ ≠ 0)·Σⱼ(½·p·w²ᵢⱼ + λ₀) and p = N·<paramref name="Prior"/>/(1 − <paramref name="Droprate"/>), N the training examples, the loss
/// gets Weight/N · Σᵢ (a + 1)uᵢ/(a + uᵢ). Gated filters are not decayed by the optimizer: the prior does. Gated are all convolutions but the
/// first and those whose output is added to another: in a WRN the first of each block, in a VGG all but the first.
/// <para>
/// Gates are drawn once a forward pass for all images, and take their test value in evaluation and attacks:
/// clamp(1.2·sigmoid(log α) − 0.1, 0, 1). After training that value is multiplied into filters and biases, so that the network saved is an
/// ordinary one.
/// </para>
/// </summary>
/// <param name="A">Shape of the transformed L1, above 0: towards L0 when small, towards L1 when large.</param>
/// <param name="Lambda0">Price of a weight that is there.</param>
/// <param name="Prior">Weight decay per example.</param>
/// <param name="Droprate">In (0, 1): log α starts at N(log(1 − r) − log r, 0.01²).</param>
public sealed record TransformedSparsity(
    double Weight, double A = 100, double Lambda0 = 1e-3, double Prior = 5e-4, double Droprate = 0.3,
    SparsityForm Form = SparsityForm.Absolute) : RegularizerSpec(Weight);

public enum SparsityForm
{
    Absolute,

    /// <summary>(a + 1)uᵢ/(a − uᵢ): what the released code computes, since its u carries a minus sign. Convex, and infinite at uᵢ = a.</summary>
    Released,
}

/// <summary>A condition-number constraint (Feng et al., arXiv 2503.20454), summed over layers.</summary>
/// <param name="Layers">Null: the head.</param>
public sealed record ConditionNumber(double Weight, ConditionForm Form, string[]? Layers = null) : RegularizerSpec(Weight);

public enum ConditionForm
{
    /// <summary>(log(1e-5 + det(G/k)))²: the released code. Zero where det(G/k) is about 1; without gradient where the determinant is far below 1e-5.</summary>
    Released,

    /// <summary>k·log(‖W‖_F/√k) − ½·log det G ≥ 0: zero when all singular values are equal, blind to scale, and log(σ₁/σ_k) &lt; log 2 + this.</summary>
    AmGm,

    /// <summary>log σ₁ − log σ_k.</summary>
    LogRatio,
}

/// <summary>How far the rows (or, of a tall matrix, the columns) are from orthonormal (Bansal et al. 2018), summed over layers.</summary>
/// <param name="Scale">s: rows are wanted at length √s.</param>
/// <param name="Layers">Null: all.</param>
public sealed record Orthogonality(double Weight, OrthogonalityForm Form = OrthogonalityForm.Frobenius, double Scale = 1, string[]? Layers = null)
    : RegularizerSpec(Weight);

public enum OrthogonalityForm
{
    /// <summary>‖G/s − I‖²_F.</summary>
    Frobenius,

    /// <summary>The largest singular value of G/s − I, max|σ²/s − 1| (SRIP; the largest eigenvalue itself, not two power iterations as published).</summary>
    Srip,
}

/// <summary>Sum over layers of σ₁ to a power (squared: Yoshida and Miyato 2017, without their ½).</summary>
/// <param name="Power">1 or 2.</param>
/// <param name="Layers">Null: all.</param>
public sealed record SpectralNorm(double Weight, int Power = 2, string[]? Layers = null) : RegularizerSpec(Weight);
