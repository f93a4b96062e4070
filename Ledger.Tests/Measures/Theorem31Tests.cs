using Ledger.Domain.Metrics;
using Ledger.Runner.Measures;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Measures;

public class Theorem31Tests : TorchTests
{
    /// <summary>Random matrices: dense, with sparse rows, with few dominant rows, of low rank, and of one row or column.</summary>
    private static IEnumerable<DenseMatrix> Matrices(int count)
    {
        var numbers = new SplitMix64(31);
        double Uniform() => (numbers.Next() >> 11) * (1.0 / (1L << 53));
        for (var i = 0; i < count; i++)
        {
            int rows = 1 + numbers.Below(9), columns = 1 + numbers.Below(9), rank = 1 + numbers.Below(4);
            double keep = i % 3 == 0 ? 0.3 : 1, tilt = i % 4 == 1 ? 5 : 0;
            var matrix = new DenseMatrix(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(at => Uniform() < keep ? (Uniform() - 0.5) * Math.Exp(-tilt * (at / columns)) : 0)]);
            yield return i % 5 == 2
                ? new DenseMatrix(rows, rank, [.. Enumerable.Range(0, rows * rank).Select(_ => Uniform() - 0.5)]).Times(new DenseMatrix(rank, columns, [.. Enumerable.Range(0, rank * columns).Select(_ => Uniform() - 0.5)]))
                : matrix;
        }
    }

    [Fact]
    public void Operator_norms_stay_below_structure_times_scale()
    {
        var checks = 0;
        foreach (var matrix in Matrices(3000))
        {
            double[] rows = matrix.RowSums(), sigma = [.. Decompositions.Spectrum(matrix).Values];
            var within = RowSparsity.Tightest(matrix);
            for (var k = 1; k <= rows.Length && Compressibility.Of(rows, 1, k) is { } found; k++)
            {
                foreach (var beta in new[] { found.BetaMean, found.BetaMinMax })
                    matrix.InfinityNorm().ShouldBeLessThanOrEqualTo(Theorem31.Infinity(matrix, found, beta, within) * (1 + 1e-12));
                checks++;
            }
            for (var k = 1; k <= sigma.Length && Compressibility.Of(sigma, 1, k) is { } found; k++)
            {
                foreach (var beta in new[] { found.BetaMean, found.BetaMinMax })
                    sigma[0].ShouldBeLessThanOrEqualTo(Theorem31.Two(matrix, found, beta) * (1 + 1e-12));
                checks++;
            }
        }
        checks.ShouldBeGreaterThan(20_000);
    }

    [Fact]
    public void With_the_mean_spread_the_bounds_do_not_depend_on_k()
    {
        var matrix = Matrices(1).Single();
        double[] rows = matrix.RowSums();
        var bounds = Enumerable.Range(1, rows.Length).Select(k => Compressibility.Of(rows, 1, k)!).Select(found => Theorem31.Infinity(matrix, found, found.BetaMean, RowSparsity.Tightest(matrix)));
        bounds.ShouldAllBe(bound => Math.Abs(bound - bounds.First()) < 1e-12 * bound);
    }
}
