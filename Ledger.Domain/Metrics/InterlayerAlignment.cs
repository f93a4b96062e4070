namespace Ledger.Domain.Metrics;

/// <summary>
/// How much of two consecutive layers' norms survives their composition through a ReLU: A_p = max over 0/1 diagonals D of
/// ‖W′_k D W_k‖_p / (‖W′‖_p ‖W‖_p) + R_p (Barsbey et al., Theorem 3.2), W_k being the k dominant rows or singular directions and R_p
/// what leaving out the rest may hide. At most 1, which always holds.
/// </summary>
public static class InterlayerAlignment
{
    /// <summary>
    /// An upper bound of A∞: the maximum over D is at most the largest row sum of |W′_k||W_k|. Without a k all rows are kept and R∞ is 0.
    /// </summary>
    /// <param name="first">The layer nearer to the input.</param>
    /// <param name="k">Rows kept of either, by L1 norm; null: all, which gives the tightest bound.</param>
    public static double InfinityBound(DenseMatrix first, DenseMatrix second, int? k = null)
    {
        int rows = k ?? int.MaxValue;
        double composed = second.LargestRows(rows).Absolute().Times(first.LargestRows(rows).Absolute()).InfinityNorm();
        double norms = first.InfinityNorm() * second.InfinityNorm();
        return norms == 0 ? 1 : Math.Min(1, (composed / norms) + Remainder(first.RowSums(), rows) + Remainder(second.RowSums(), rows));
    }

    /// <summary>v₍k+1₎/v₍₁₎: what the entries beyond the k largest weigh; 0 where there are none.</summary>
    public static double Remainder(IEnumerable<double> values, int k)
    {
        double[] sorted = [.. values.OrderDescending()];
        return k < sorted.Length ? sorted[k] / sorted[0] : 0;
    }

    /// <summary>
    /// The smallest product over a chain when consecutive layers may be taken together in disjoint pairs; a layer left over counts by itself.
    /// </summary>
    /// <param name="factors">One for each layer, from the input on.</param>
    /// <param name="pairs">Factor of layers i and i + 1 together; null where they cannot be paired.</param>
    public static double BestPairing(IReadOnlyList<double> factors, IReadOnlyList<double?> pairs)
    {
        double before = 1, best = 1;
        for (int i = 0; i < factors.Count; i++)
        {
            double alone = best * factors[i];
            double together = i > 0 && pairs[i - 1] is { } pair ? before * pair : double.PositiveInfinity;
            (before, best) = (best, Math.Min(alone, together));
        }

        return best;
    }
}
