namespace Ledger.Domain.Checks;

/// <summary>How two quantities go together. Every coefficient is not a number where one of the two does not vary.</summary>
public static class Association
{
    /// <summary>Pearson's product-moment correlation, in two passes, clamped to [−1, 1] against rounding.</summary>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        RefuseUnequal(x.Count, y.Count);
        double mx = x.Average(), my = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Count; i++)
        {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }

        // A constant's mean may miss it by a rounding, which would be a correlation with noise.
        return IsConstant(x) || IsConstant(y) ? double.NaN : Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>Spearman's rank correlation: Pearson's of the ranks, equal values sharing their mean rank.</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>
    /// Kendall's τ-b (Kendall 1945): concordant less discordant pairs over √((pairs not tied in x)(pairs not tied in y)). Exactly 1 when
    /// both order everything the same way, ties included; 0 where only chance agrees.
    /// </summary>
    public static double Kendall(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        RefuseUnequal(x.Count, y.Count);
        long agreement = 0, inX = 0, inY = 0;
        for (int i = 0; i < x.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int a = x[i].CompareTo(x[j]), b = y[i].CompareTo(y[j]);
                agreement += Math.Sign(a) * Math.Sign(b);
                inX += a == 0 ? 0 : 1;
                inY += b == 0 ? 0 : 1;
            }
        }

        return inX == 0 || inY == 0 ? double.NaN : inX == inY ? (double)agreement / inX : agreement / (Math.Sqrt(inX) * Math.Sqrt(inY));
    }

    /// <summary>
    /// What is left of the correlation of x and y when a third quantity is held: (r_xy − r_xz r_yz) / √((1 − r_xz²)(1 − r_yz²)), Pearson's or
    /// Spearman's r throughout. Not a number where the third determines one of the two.
    /// </summary>
    public static double Partial(double xy, double xz, double yz)
    {
        double rest = (1 - (xz * xz)) * (1 - (yz * yz));
        return rest > 0 ? Math.Clamp((xy - (xz * yz)) / Math.Sqrt(rest), -1, 1) : double.NaN;
    }

    /// <summary>From 1 for the smallest; equal values share the mean of their ranks.</summary>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        var ranks = new double[values.Count];
        for (int first = 0, next; first < order.Length; first = next)
        {
            for (next = first + 1; next < order.Length && values[order[next]] == values[order[first]];)
                next++;
            for (int i = first; i < next; i++)
                ranks[order[i]] = (first + next + 1) / 2.0;
        }

        return ranks;
    }

    private static bool IsConstant(IReadOnlyList<double> values) => values.All(value => value == values[0]);

    private static void RefuseUnequal(int x, int y)
    {
        if (x != y)
            throw new ArgumentException($"{x} and {y} values; expected as many of each.", nameof(y));
    }
}

/// <summary>
/// One-sided p-value of a rank correlation against no association: the share of the orders of y whose correlation with x is at least as
/// far to the claimed side. All orders up to eight values; above, 9,999 drawn ones and the one seen (Phipson and Smyth 2010).
/// </summary>
public static class Permutations
{
    private const int EnumeratedUpTo = 8;

    private const int Drawn = 9_999;

    // Sums in another order differ by roundings; equal correlations must count as equal.
    private const double Rounding = 1e-12;

    /// <param name="sign">1: the claim is a rising trend; −1: a falling one.</param>
    public static double PValue(IReadOnlyList<double> x, IReadOnlyList<double> y, int sign, Func<IReadOnlyList<double>, IReadOnlyList<double>, double> correlation, ulong seed)
    {
        double seen = sign * correlation(x, y);
        double[] order = [.. y];
        (long extreme, long all) = (0, 0);
        if (order.Length <= EnumeratedUpTo)
        {
            Each(order, order.Length, Count);
            return (double)extreme / all;
        }

        var numbers = new Metrics.SplitMix64(seed);
        for (int i = 0; i < Drawn; i++)
        {
            for (int j = order.Length - 1; j > 0; j--)
            {
                int k = numbers.Below(j + 1);
                (order[j], order[k]) = (order[k], order[j]);
            }

            Count(order);
        }

        return (extreme + 1.0) / (all + 1);

        void Count(double[] permuted)
        {
            all++;
            if (sign * correlation(x, permuted) >= seen - Rounding)
                extreme++;
        }
    }

    /// <summary>Heap's algorithm.</summary>
    private static void Each(double[] values, int count, Action<double[]> visit)
    {
        if (count <= 1)
        {
            visit(values);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Each(values, count - 1, visit);
            int other = count % 2 == 0 ? i : 0;
            (values[other], values[count - 1]) = (values[count - 1], values[other]);
        }
    }
}
