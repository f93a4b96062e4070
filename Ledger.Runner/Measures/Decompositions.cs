using Ledger.Domain.Metrics;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>Decompositions by LAPACK in float64, without approximation.</summary>
internal static class Decompositions
{
    public static Spectrum Spectrum(DenseMatrix matrix)
    {
        using var scope = NewDisposeScope();
        return new Spectrum(matrix, linalg.svdvals(ToTensor(matrix)).data<double>().ToArray());
    }

    /// <summary>‖W‖₂ alone.</summary>
    public static double SpectralNorm(DenseMatrix matrix) => Spectrum(matrix).Largest;

    /// <summary>The right singular vectors [count, n] of the largest singular values, one a row.</summary>
    public static Tensor RightVectors(DenseMatrix matrix, int count)
    {
        using var scope = NewDisposeScope();
        var (_, _, right) = linalg.svd(ToTensor(matrix), fullMatrices: false);
        return right[TensorIndex.Slice(0, count)].clone().MoveToOuterDisposeScope();
    }

    /// <summary>The nearest matrix of rank k: the k largest singular values with their vectors.</summary>
    public static Tensor Truncated(DenseMatrix matrix, int k)
    {
        using var scope = NewDisposeScope();
        var (left, values, right) = linalg.svd(ToTensor(matrix), fullMatrices: false);
        var kept = TensorIndex.Slice(0, k);
        return (left[TensorIndex.Colon, kept] * values[kept]).matmul(right[kept]).MoveToOuterDisposeScope();
    }

    public static Tensor ToTensor(DenseMatrix matrix)
    {
        NativeLibraries.Load();
        return tensor(matrix.Values, [matrix.Rows, matrix.Columns]);
    }
}
