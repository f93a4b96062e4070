using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>
/// Penalties on the singular values σ₁ ≥ … ≥ σ_k of a matrix A [k, n], k ≤ n (a taller one is transposed, which changes no σ). Singular vectors
/// come from the eigenvectors of A·Aᵀ in float64, without gradient; each penalty is then written so that its value and its gradient are
/// exact for these vectors. Differentiating a decomposition would divide by differences of singular values, and give NaN where two agree.
/// <para>
/// A σ below 1e-6·σ₁ counts as zero: float32 weights do not determine its direction, and a subgradient without it is as good as any.
/// </para>
/// </summary>
internal static class Spectra
{
    /// <summary>Of σ₁.</summary>
    public const double Negligible = 1e-6;

    private const double Ridge = 1e-12, ReleasedFloor = 1e-5;

    /// <summary>Σσ, with gradient U·Vᵀ over the σ that are not negligible.</summary>
    public static Tensor NuclearNorm(Tensor matrix)
    {
        var a = Wide(matrix);
        var (fixedA, (values, u)) = (a.detach(), Decompose(a));
        using Scalar share = Negligible;
        var counted = values.gt(values.max() * share);
        var inverse = where(counted, values.reciprocal(), zeros_like(values));
        var polar = (u * inverse).mm(u.t()).mm(fixedA);
        return (polar * a).sum();
    }

    /// <summary>σ₁ to the power of 1 or 2; gradient u₁v₁ᵀ, or 2σ₁·u₁v₁ᵀ.</summary>
    public static Tensor SpectralNorm(Tensor matrix, int power)
    {
        var a = Wide(matrix);
        var (_, u) = Decompose(a);
        var largest = Along(a, u.select(1, -1));
        return power == 2 ? largest.pow(Numbers.Two) : largest;
    }

    /// <summary>log σ₁ − log σ_k; log 1e6, without gradient, for a matrix whose σ_k is negligible.</summary>
    public static Tensor LogConditionNumber(Tensor matrix)
    {
        var a = Wide(matrix);
        var (_, u) = Decompose(a);
        using Scalar share = Negligible;
        var (largest, smallest) = (Along(a, u.select(1, -1)), Along(a, u.select(1, 0)));
        return largest.log() - maximum(smallest, largest * share).log();
    }

    /// <summary>
    /// k·log(‖A‖_F/√k) − ½·log det(A·Aᵀ + δI), with δ = 1e-12·‖A‖²_F/k, which keeps a rank-deficient matrix finite and does not see scale either.
    /// </summary>
    public static Tensor MeansRatio(Tensor matrix)
    {
        var a = Wide(matrix);
        var side = a.shape[0];
        using Scalar one = 1.0 / side, half = 0.5, sides = (double)side, ridge = Ridge;
        var meanSquare = a.pow(Numbers.Two).sum() * one;
        var gram = a.mm(a.t()).add(eye(side, dtype: float64) * (meanSquare * ridge), Numbers.One);
        var (_, logDeterminant) = linalg.slogdet(gram);
        return (meanSquare.log() * sides - logDeterminant) * half;
    }

    /// <summary>(log(1e-5 + det(A·Aᵀ/k)))², in float64.</summary>
    public static Tensor ReleasedDeterminant(Tensor matrix)
    {
        var a = Wide(matrix);
        using Scalar share = 1.0 / a.shape[0], floor = ReleasedFloor;
        return linalg.det(a.mm(a.t()) * share).add(floor, Numbers.One).log().pow(Numbers.Two);
    }

    /// <summary>‖A·Aᵀ/s − I‖²_F.</summary>
    public static Tensor Orthogonality(Tensor matrix, double scale) => Excess(Wide(matrix), scale).pow(Numbers.Two).sum();

    /// <summary>max|σ²/s − 1|; gradient ±2/s·σ·uvᵀ of the singular pair that attains it.</summary>
    public static Tensor RestrictedIsometry(Tensor matrix, double scale)
    {
        var a = Wide(matrix);
        var fixedExcess = Excess(a.detach(), scale);
        RefuseNonFinite(fixedExcess);
        var (values, vectors) = linalg.eigh(fixedExcess);
        var extreme = values.abs().argmax().item<long>();
        var u = vectors.select(1, extreme);
        using Scalar over = 1 / scale;
        var excess = u.unsqueeze(0).mm(a).pow(Numbers.Two).sum() * over;
        return excess.sub(Numbers.One).abs();
    }

    private static Tensor Excess(Tensor a, double scale)
    {
        using Scalar over = 1 / scale;
        return a.mm(a.t()) * over - eye(a.shape[0], dtype: float64);
    }

    /// <summary>uᵀ·A·v with v = Aᵀu/‖Aᵀu‖ held fixed: σ for a left singular vector u, with gradient u·vᵀ.</summary>
    private static Tensor Along(Tensor a, Tensor u)
    {
        using Scalar smallest = double.Epsilon;
        var right = u.unsqueeze(0).mm(a);
        var v = right.detach() / right.detach().norm().clamp_min(smallest);
        return (right * v).sum();
    }

    /// <summary>Singular values, smallest first, and left singular vectors as columns.</summary>
    /// <exception cref="StepFailure">The weights are not finite, which the decomposition would not survive.</exception>
    private static (Tensor Values, Tensor Left) Decompose(Tensor a)
    {
        using var off = no_grad();
        using Scalar zero = 0.0;
        var gram = a.detach().mm(a.detach().t());
        RefuseNonFinite(gram);
        var (squares, vectors) = linalg.eigh(gram);
        return (squares.clamp_min(zero).sqrt(), vectors);
    }

    private static void RefuseNonFinite(Tensor gram)
    {
        if (!gram.isfinite().all().item<bool>())
            throw new StepFailure(FailureCodes.Diverged, "the weights of a regularized layer are not finite; a smaller learning rate or weight may help");
    }

    private static Tensor Wide(Tensor matrix)
    {
        var wide = matrix.to_type(float64);
        return wide.shape[0] <= wide.shape[1] ? wide : wide.t();
    }
}
