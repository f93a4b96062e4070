namespace Ledger.Domain.Metrics;

/// <summary>
/// The singular values of one weight matrix and what is said with them. Whether a small value is zero is judged as for float32 weights:
/// it counts when it exceeds max(m, n)·2⁻²³·σ₁, with m and n the rows and columns that are not all zero (removing the others takes
/// nothing but zeros from the spectrum).
/// </summary>
public sealed class Spectrum
{
    /// <summary>Distance from 1 to the next float32, numpy's <c>finfo(float32).eps</c>.</summary>
    public const double Float32Epsilon = 1.0 / (1 << 23);

    private readonly int _smallerSide, _smallerLiveSide;

    /// <param name="singularValues">All min(m, n), in any order.</param>
    public Spectrum(DenseMatrix matrix, IEnumerable<double> singularValues)
    {
        Values = [.. singularValues.OrderDescending()];
        (DeadRows, DeadColumns, FrobeniusNorm) = (matrix.DeadRows(), matrix.DeadColumns(), matrix.FrobeniusNorm());
        _smallerSide = Math.Min(matrix.Rows, matrix.Columns);
        _smallerLiveSide = Math.Min(matrix.Rows - DeadRows, matrix.Columns - DeadColumns);
        if (Values.Count != _smallerSide)
            throw new ArgumentException($"{Values.Count} singular values of a matrix of {matrix.Rows} × {matrix.Columns}; expected {_smallerSide}.", nameof(singularValues));
        Tolerance = Math.Max(matrix.Rows - DeadRows, matrix.Columns - DeadColumns) * Float32Epsilon * Values[0];
        NumericalRank = Values.Count(value => value > Tolerance);
    }

    /// <summary>Descending.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Rows that are all zero.</summary>
    public int DeadRows { get; }

    public int DeadColumns { get; }

    public double FrobeniusNorm { get; }

    /// <summary>Up to here a singular value counts as zero.</summary>
    public double Tolerance { get; }

    public int NumericalRank { get; }

    /// <summary>Whether the whole matrix, dead rows and columns included, has less than full rank.</summary>
    public bool IsRankDeficient => NumericalRank < _smallerSide;

    /// <summary>σ₁ = ‖W‖₂.</summary>
    public double Largest => Values[0];

    /// <summary>The smallest singular value that counts; not a number for a matrix of zeros.</summary>
    public double Smallest => NumericalRank == 0 ? double.NaN : Values[NumericalRank - 1];

    /// <summary>Whether what is left without dead rows and columns has less than full rank: its condition number is infinite, to float32.</summary>
    public bool IsSingular => NumericalRank < _smallerLiveSide;

    /// <summary>
    /// log₁₀(σ₁/σ_min) of the matrix without its dead rows and columns. Where that <see cref="IsSingular">is singular</see>, log₁₀ of σ₁ by the
    /// tolerance: from there on float32 weights tell no condition number from infinity, and it is above all others of its shape. Not a number for
    /// a matrix of zeros.
    /// </summary>
    public double Log10Condition => Math.Log10(Largest / (IsSingular ? Tolerance : Smallest));

    /// <summary>‖W‖_F² / ‖W‖₂² (Rudelson and Vershynin 2007), from 1 to the rank.</summary>
    public double StableRank => FrobeniusNorm * FrobeniusNorm / (Largest * Largest);

    /// <summary>Entropy in nats of the singular values divided by their sum.</summary>
    public double Entropy
    {
        get
        {
            double sum = Values.Sum();
            return sum == 0 ? double.NaN : -Values.Where(value => value > 0).Sum(value => value / sum * Math.Log(value / sum));
        }
    }

    /// <summary>exp of the entropy (Roy and Vetterli 2007), from 1 to the rank.</summary>
    public double EffectiveRank => Math.Exp(Entropy);

    /// <summary>σ_k / σ₁, k from 1; not a number where there are fewer than k.</summary>
    public double Relative(int k) => k <= Values.Count ? Values[k - 1] / Largest : double.NaN;
}
