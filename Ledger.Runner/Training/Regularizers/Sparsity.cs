using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>Penalties on magnitudes. Each gives a scalar with gradients; where a norm is zero its gradient is zero too (the smallest subgradient).</summary>
internal static class Sparsity
{
    private const double Smallest = 1e-30;

    /// <summary>Σ|θ| over all entries of all tensors.</summary>
    public static Tensor L1(IReadOnlyList<Tensor> parameters) => Sum(parameters.Select(parameter => parameter.abs().sum()));

    /// <summary>Σᵢ‖Wᵢ‖₂ over the rows of a matrix.</summary>
    public static Tensor RowNorms(Tensor matrix) => Rows(matrix).sum();

    /// <summary>Σᵢ‖Wᵢ‖₂ / ‖W‖_F, the L1 over the L2 norm of the row norms; 0 for a matrix of zeros.</summary>
    public static Tensor RowNormsOverFrobenius(Tensor matrix)
    {
        using Scalar smallest = Smallest;
        var rows = Rows(matrix);
        return rows.sum() / rows.norm().clamp_min(smallest);
    }

    public static Tensor Sum(IEnumerable<Tensor> scalars) => scalars.Aggregate((sum, next) => sum.add(next, Numbers.One));

    private static Tensor Rows(Tensor matrix) => matrix.norm(1);
}
