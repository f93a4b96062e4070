namespace Ledger.Domain.Metrics;

/// <summary>
/// A matrix of float64 numbers, row by row; a weight is [outputs, inputs], one row for each neuron or filter. Not a tensor library:
/// it has what the formulas of this folder need, and leaves decompositions to others.
/// </summary>
public sealed class DenseMatrix
{
    /// <exception cref="ArgumentException">There are not rows × columns values, or no row or column at all.</exception>
    public DenseMatrix(int rows, int columns, double[] values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.LongLength != (long)rows * columns)
            throw new ArgumentException($"{values.LongLength} values do not make a matrix of {rows} × {columns}.", nameof(values));
        (Rows, Columns, Values) = (rows, columns, values);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Row-major; shared, not copied.</summary>
    public double[] Values { get; }

    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>ν: the L1 norm of each row.</summary>
    public double[] RowSums() => [.. Enumerable.Range(0, Rows).Select(row => Sum(Row(row), Math.Abs))];

    /// <summary>‖W‖∞, the operator norm from L∞ to L∞: the largest L1 norm of a row.</summary>
    public double InfinityNorm() => RowSums().Max();

    /// <summary>‖W‖_F: the root of the sum of squares.</summary>
    public double FrobeniusNorm() => Math.Sqrt(Sum(Values, value => value * value));

    public int DeadRows() => Enumerable.Range(0, Rows).Count(row => !Row(row).ContainsAnyExcept(0d));

    public int DeadColumns()
    {
        bool[] alive = new bool[Columns];
        for (int i = 0; i < Values.Length; i++)
            alive[i % Columns] |= Values[i] != 0;
        return alive.Count(one => !one);
    }

    /// <summary>This matrix times another one, which has as many rows as this has columns.</summary>
    public DenseMatrix Times(DenseMatrix right)
    {
        if (right.Rows != Columns)
            throw new ArgumentException($"{Rows} × {Columns} times {right.Rows} × {right.Columns} is not defined.", nameof(right));
        double[] product = new double[Rows * right.Columns];
        for (int row = 0; row < Rows; row++)
        {
            Span<double> sums = product.AsSpan(row * right.Columns, right.Columns);
            for (int inner = 0; inner < Columns; inner++)
                AddMultiple(sums, right.Row(inner), Values[(row * Columns) + inner]);
        }

        return new DenseMatrix(Rows, right.Columns, product);
    }

    public DenseMatrix Absolute() => new(Rows, Columns, Array.ConvertAll(Values, Math.Abs));

    /// <summary>diag(factors) · W: each row times its factor.</summary>
    public DenseMatrix ScaleRows(IReadOnlyList<double> factors) => new(Rows, Columns, [.. Values.Select((value, i) => value * factors[i / Columns])]);

    /// <summary>W · diag(factors): each column times its factor.</summary>
    public DenseMatrix ScaleColumns(IReadOnlyList<double> factors) => new(Rows, Columns, [.. Values.Select((value, i) => value * factors[i % Columns])]);

    /// <summary>The rows of the k largest L1 norms (of equal ones the first), the others zero.</summary>
    public DenseMatrix LargestRows(int k)
    {
        double[] sums = RowSums();
        var kept = Enumerable.Range(0, Rows).OrderByDescending(row => sums[row]).Take(k).ToHashSet();
        return ScaleRows([.. Enumerable.Range(0, Rows).Select(row => kept.Contains(row) ? 1d : 0)]);
    }

    private static void AddMultiple(Span<double> sums, ReadOnlySpan<double> values, double factor)
    {
        if (factor == 0)
            return;
        for (int i = 0; i < sums.Length; i++)
            sums[i] += factor * values[i];
    }

    private static double Sum(ReadOnlySpan<double> values, Func<double, double> term)
    {
        double sum = 0;
        foreach (double value in values)
            sum += term(value);
        return sum;
    }
}
