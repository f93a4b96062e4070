namespace Ledger.Domain.Metrics;

/// <summary>
/// Sparsity of weights in one number. <see cref="Kappa"/> is what the code released with Barsbey et al. (github.com/mbarsbey/advcomp) calls
/// par_comp_kappa and net_comp_kappa; it has nothing to do with a condition number.
/// </summary>
public static class SparsityIndices
{
    /// <summary>
    /// 1 − ‖w − w_k‖₂/‖w‖₂ with k = d − ⌊(1 − kappa)·d⌋ the number of largest entries kept. A vector of zeros, for which the released
    /// code gives no number, is taken as wholly compressible: 1.
    /// </summary>
    /// <param name="kappa">Share kept, from 0 to 1.</param>
    public static double Kappa(IReadOnlyCollection<double> vector, double kappa)
    {
        int dropped = (int)((1 - kappa) * vector.Count);
        double[] squares = [.. vector.Select(value => value * value).Order()];
        double total = squares.Sum();
        return total == 0 ? 1 : 1 - Math.Sqrt(squares.Take(dropped).Sum() / total);
    }

    /// <summary>The mean of <see cref="Kappa"/> over the rows.</summary>
    public static double MeanRowKappa(DenseMatrix matrix, double kappa) =>
        Enumerable.Range(0, matrix.Rows).Average(row => Kappa(matrix.Row(row).ToArray(), kappa));

    /// <summary>
    /// The PQ index 1 − d^(1/q − 1/p) · ‖w‖_p / ‖w‖_q at p = 1, q = 2 (Diao et al., ICLR 2023): 0 when all entries are of one size, towards
    /// 1 the sparser. Not a number for a vector of zeros.
    /// </summary>
    public static double Pq(IReadOnlyCollection<double> vector)
    {
        double sum = vector.Sum(Math.Abs), squares = vector.Sum(value => value * value);
        return 1 - (sum / Math.Sqrt(vector.Count * squares));
    }
}
