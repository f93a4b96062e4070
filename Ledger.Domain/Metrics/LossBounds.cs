using Ledger.Domain.Experiments;

namespace Ledger.Domain.Metrics;

/// <summary>
/// How fast the loss can change with the representation z that goes into the last linear layer, logits = C z + b. With a Lipschitz constant
/// L of z in the threat's norm, no perturbation of length ε raises any example's loss by more than ε · L · this (Barsbey et al.,
/// Corollary 3.3, which is about the logistic loss).
/// </summary>
public static class LossBounds
{
    /// <summary>
    /// max over classes j ≠ y of ‖c_j − c_y‖ in the norm dual to the threat's (L1 for L∞, L2 for L2). The gradient of the cross-entropy is
    /// Σ p_j (c_j − c_y), whose weights off the label sum to at most 1. With two classes this is the logistic loss; one row alone
    /// is its difference of two.
    /// </summary>
    /// <param name="head">[classes, features].</param>
    public static double HeadFactor(DenseMatrix head, Norm threat)
    {
        if (head.Rows == 1)
            return Length(head.Row(0), new double[head.Columns], threat);
        double largest = 0;
        for (int label = 1; label < head.Rows; label++)
        {
            for (int other = 0; other < label; other++)
                largest = Math.Max(largest, Length(head.Row(label), head.Row(other), threat));
        }

        return largest;
    }

    private static double Length(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Norm threat)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += threat == Norm.Linf ? Math.Abs(a[i] - b[i]) : (a[i] - b[i]) * (a[i] - b[i]);
        return threat == Norm.Linf ? sum : Math.Sqrt(sum);
    }
}
