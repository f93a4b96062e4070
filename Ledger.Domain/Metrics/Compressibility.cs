namespace Ledger.Domain.Metrics;

/// <summary>
/// How well the k largest entries stand for a vector: (q, k, ε, β)-compressibility of Barsbey et al. (arXiv 2507.17725), with ε the value
/// attained, not a bound on it. Unchanged when the vector is scaled.
/// </summary>
/// <param name="Eps">‖v − v_k‖_q / ‖v‖_q: 0 when nothing else is left, up to 1.</param>
/// <param name="BetaMinMax">1 − v₍k₎/v₍₁₎: spread of the k largest, by their smallest.</param>
/// <param name="BetaMean">1 − mean(v₍₁₎ … v₍k₎)/v₍₁₎: the smallest spread with which Theorem 3.1 holds.</param>
public sealed record Compressibility(double Q, int K, double Eps, double BetaMinMax, double BetaMean)
{
    /// <param name="q">Above 0.</param>
    /// <param name="k">From 1 to the length.</param>
    /// <returns>Null for a vector of zeros, of which nothing can be said.</returns>
    public static Compressibility? Of(IEnumerable<double> vector, double q, int k)
    {
        double[] sorted = [.. vector.Select(Math.Abs).OrderDescending()];
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, sorted.Length);
        if (!(q > 0))
            throw new ArgumentOutOfRangeException(nameof(q), q, "Expected a number above 0.");
        double largest = sorted[0];
        if (largest == 0)
            return null;
        double kept = sorted.Take(k).Sum(Power), rest = sorted.Skip(k).Sum(Power);
        return new Compressibility(
            q, k, Math.Pow(rest / (kept + rest), 1 / q), 1 - (sorted[k - 1] / largest), 1 - (sorted.Take(k).Sum() / (k * largest)));

        // Divided by the largest, so that powers neither overflow nor vanish.
        double Power(double value) => Math.Pow(value / largest, q);
    }
}

/// <summary>
/// Within-row sparsity of a matrix: every row is (2, k, ε)-compressible, ε being that of the worst row. A row of zeros counts as 0.
/// </summary>
/// <param name="Factor">√k + √n·ε, with which ‖row‖₁ ≤ factor · ‖row‖₂.</param>
public sealed record RowSparsity(int K, double Eps, double Factor)
{
    /// <summary>At the k from 1 to n at which the factor is smallest.</summary>
    public static RowSparsity Tightest(DenseMatrix matrix)
    {
        double[] worst = WorstTails(matrix);
        return Enumerable.Range(1, matrix.Columns)
            .Select(k => new RowSparsity(k, worst[k - 1], Math.Sqrt(k) + (Math.Sqrt(matrix.Columns) * worst[k - 1])))
            .MinBy(sparsity => sparsity.Factor)!;
    }

    /// <summary>For k = 1 … n, the largest share (of the L2 norm) that a row has outside its k largest entries.</summary>
    private static double[] WorstTails(DenseMatrix matrix)
    {
        double[] worst = new double[matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            double[] squares = [.. matrix.Row(row).ToArray().Select(value => value * value).Order()];
            double total = squares.Sum(), tail = 0;
            for (int left = 1; left < squares.Length && total > 0; left++)
            {
                tail += squares[left - 1];
                ref double at = ref worst[squares.Length - left - 1];
                at = Math.Max(at, Math.Sqrt(tail / total));
            }
        }

        return worst;
    }
}

/// <summary>
/// Upper bounds of operator norms by structure times scale: Theorem 3.1 of Barsbey et al., with the number of rows m, columns n and
/// min(m, n) in the places where that theorem has the side h of a square matrix. β is either of the two spreads; with
/// <see cref="Compressibility.BetaMean"/> the bound does not depend on k.
/// </summary>
public static class Theorem31
{
    /// <summary>‖W‖∞ ≤ (1−ε)/(1−β) · √m (√k_r + √n ε_r)/k · ‖W‖_F, from the compressibility of the rows' L1 norms with q = 1.</summary>
    public static double Infinity(DenseMatrix matrix, Compressibility rows, double beta, RowSparsity within) =>
        Structure(rows, beta) * Math.Sqrt(matrix.Rows) * within.Factor * matrix.FrobeniusNorm();

    /// <summary>‖W‖₂ ≤ (1−ε)/(1−β) · √min(m, n)/k · ‖W‖_F, from the compressibility of the singular values with q = 1.</summary>
    public static double Two(DenseMatrix matrix, Compressibility singularValues, double beta) =>
        Structure(singularValues, beta) * Math.Sqrt(Math.Min(matrix.Rows, matrix.Columns)) * matrix.FrobeniusNorm();

    private static double Structure(Compressibility found, double beta) => found.Q == 1
        ? (1 - found.Eps) / ((1 - beta) * found.K)
        : throw new ArgumentException($"Theorem 3.1 is about q = 1, not {found.Q}.", nameof(found));
}
