namespace Ledger.Runner.Attacks;

/// <summary>The shape that Square attack adds in L2 (Andriushchenko et al. 2020, section 4.2 and their code).</summary>
internal static class SquareBump
{
    /// <summary>
    /// Two pyramids of opposite sign, row by row [side, side], of Euclidean length 1: the upper ⌊side/2⌋ rows the one, the rest the other.
    /// </summary>
    public static double[] Of(int side) =>
        WithLengthOne([.. Pyramid(side / 2, side), .. Pyramid(side - (side / 2), side).Select(value => -value)]);

    public static double[] Transposed(int side)
    {
        var bump = Of(side);
        return [.. Enumerable.Range(0, side * side).Select(at => bump[(at % side * side) + (at / side)])];
    }

    /// <summary>Rectangles one within the other about the centre, from the smallest on weighted 1, 1/4, 1/9 …; of length 1.</summary>
    private static double[] Pyramid(int rows, int columns)
    {
        var heights = new double[rows * columns];
        var (top, left) = (rows / 2, columns / 2);
        for (var ring = 0; ring <= Math.Max(top, left); ring++)
        {
            for (var y = Math.Max(top - ring, 0); y < Math.Min(top + ring + 1, rows); y++)
            {
                for (var x = Math.Max(left - ring, 0); x < Math.Min(left + ring + 1, columns); x++)
                    heights[(y * columns) + x] += 1.0 / ((ring + 1) * (ring + 1));
            }
        }
        return WithLengthOne(heights);
    }

    private static double[] WithLengthOne(double[] values)
    {
        var length = Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => value / length)];
    }
}
