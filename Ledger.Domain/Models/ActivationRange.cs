namespace Ledger.Domain.Models;

/// <summary>The smallest and largest value an activation may take and still be represented; 0 lies between them.</summary>
public readonly record struct ActivationRange(float Low, float High)
{
    /// <summary>The levels that simulate the range with so many bits.</summary>
    public Levels Levels(int bits, LevelForm form)
    {
        var half = IntegerWeights.Highest(bits);
        var all = (1 << bits) - 1;
        return form switch
        {
            LevelForm.Affine => Spread(0, all),
            LevelForm.AffineOdd => Spread(-half, half),
            LevelForm.Symmetric => new Levels(Positive(Math.Max(-(double)Low, High) / half), 0, -half, half),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "no such form of levels"),
        };
    }

    private Levels Spread(int lowest, int highest)
    {
        var scale = Positive(((double)High - Low) / (highest - lowest));
        return new Levels(scale, (int)Math.Clamp(lowest - Math.Round((double)Low / scale, MidpointRounding.ToEven), lowest, highest), lowest, highest);
    }

    // A range of nothing but 0, or one so narrow that its scale is no float32 above 0.
    private static float Positive(double scale) => (float)scale > 0 ? (float)scale : 1;
}

/// <summary>Integers Low … High standing for (q − ZeroPoint)·Scale.</summary>
public readonly record struct Levels(float Scale, int ZeroPoint, int Low, int High)
{
    public FakeQuantize Node(string id, string input, int bits) => new(id, [input], bits, Scale, ZeroPoint, Low, High);
}

/// <summary>Where the levels of b bits lie. Scales are rounded to float32, zero points to the nearest integer, half to even, so that 0 is exact.</summary>
public enum LevelForm
{
    /// <summary>2^b levels 0 … 2^b − 1: scale = (high − low)/(2^b − 1), zero point = round(−low/scale).</summary>
    Affine,

    /// <summary>2^b − 1 levels about 0: scale = (high − low)/(2^b − 2), zero point = −(2^(b−1)−1) − round(low/scale).</summary>
    AffineOdd,

    /// <summary>2^b − 1 levels about 0: scale = max(−low, high)/(2^(b−1) − 1), zero point 0.</summary>
    Symmetric,
}
