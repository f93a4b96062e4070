namespace Ledger.Runner.Attacks;

/// <summary>
/// The perturbation is always of length ε. It begins as a tiling by bumps; each query empties one window and moves what was in it, and what
/// clipping had taken, to another window, as a bump added to what is there.
/// </summary>
internal sealed class L2Windows((int Channels, int Height, int Width) shape, float radius) : SquareWindows(shape, radius)
{
    // The authors' floor of lengths that are divided by.
    private const double Floor = 1e-12;

    private const int SmallestSide = 3, TilesAcross = 5, BeforeAnyQuery = (1 << 24) - 1;

    private readonly Dictionary<(int Side, bool Transposed), double[]> _bumps = [];

    /// <summary>Odd, and at least 3 where the image allows.</summary>
    public override int Side(double fraction)
    {
        var side = Math.Max((int)Math.Round(Math.Sqrt(fraction * Height * Width)), SmallestSide);
        var largest = Math.Min(Height, Width);
        return Math.Min(side + 1 - (side % 2), largest - 1 + (largest % 2));
    }

    public override void Begin(ExampleNoise noise, Span<float> perturbation)
    {
        perturbation.Clear();
        var side = Math.Max(Height / TilesAcross, 1);
        var first = Math.Max((Height - (side * TilesAcross)) / 2, 0);
        var words = WordsOf(noise, BeforeAnyQuery);
        for (var top = first; top + side <= Height; top += side)
        {
            for (var left = first; left + side <= Width; left += side)
            {
                var bump = Bump(side, words.Sign() < 0);
                for (var channel = 0; channel < Channels; channel++)
                    Write(Plane(perturbation, channel), (top, left), side, Times(bump, words.Sign()));
            }
        }
        Stretch(perturbation);
    }

    public override void Change(ExampleNoise noise, int query, int side, Span<float> perturbation)
    {
        var words = WordsOf(noise, query);
        var (to, from) = (Corner(ref words, side), Corner(ref words, side));
        var missing = Math.Max(((double)Radius * Radius) - Squares(perturbation), 0);
        var length = Math.Sqrt((missing / Channels) + SquaresIn(perturbation, to, from, side));
        var bump = Bump(side, words.Sign() < 0);
        for (var channel = 0; channel < Channels; channel++)
        {
            var plane = Plane(perturbation, channel);
            var moved = Added(Times(bump, words.Sign()), Read(plane, to, side), length);
            Write(plane, from, side, new float[side * side]);
            Write(plane, to, side, moved);
        }
        Stretch(perturbation);
    }

    private double[] Bump(int side, bool transposed)
    {
        if (!_bumps.TryGetValue((side, transposed), out var bump))
            _bumps[(side, transposed)] = bump = transposed ? SquareBump.Transposed(side) : SquareBump.Of(side);
        return bump;
    }

    /// <summary>The bump and what is in the window, that one scaled to length 1, added and scaled to the length.</summary>
    private static float[] Added(float[] bump, float[] window, double length)
    {
        var scale = 1 / (Math.Sqrt(Squares(window)) + Floor);
        float[] sum = [.. bump.Zip(window, (a, b) => (float)(a + (b * scale)))];
        return Times(sum, length / (Math.Sqrt(Squares(sum)) + Floor));
    }

    private void Stretch(Span<float> perturbation)
    {
        var factor = Radius / (Math.Sqrt(Squares(perturbation)) + Floor);
        foreach (ref var value in perturbation)
            value = (float)(value * factor);
    }

    /// <summary>Of what is in one of the windows or both, over all channels.</summary>
    private double SquaresIn(Span<float> perturbation, (int Top, int Left) a, (int Top, int Left) b, int side)
    {
        bool Within((int Top, int Left) at, int y, int x) => y >= at.Top && y < at.Top + side && x >= at.Left && x < at.Left + side;
        var sum = 0d;
        for (var at = 0; at < perturbation.Length; at++)
        {
            var (y, x) = (at / Width % Height, at % Width);
            if (Within(a, y, x) || Within(b, y, x))
                sum += (double)perturbation[at] * perturbation[at];
        }
        return sum;
    }

    private Span<float> Plane(Span<float> perturbation, int channel) => perturbation.Slice(channel * Height * Width, Height * Width);

    private float[] Read(ReadOnlySpan<float> plane, (int Top, int Left) at, int side)
    {
        var window = new float[side * side];
        for (var y = 0; y < side; y++)
            plane.Slice(((at.Top + y) * Width) + at.Left, side).CopyTo(window.AsSpan(y * side));
        return window;
    }

    private void Write(Span<float> plane, (int Top, int Left) at, int side, float[] window)
    {
        for (var y = 0; y < side; y++)
            window.AsSpan(y * side, side).CopyTo(plane[(((at.Top + y) * Width) + at.Left)..]);
    }

    private static double Squares(ReadOnlySpan<float> values)
    {
        var sum = 0d;
        foreach (var value in values)
            sum += (double)value * value;
        return sum;
    }

    private static float[] Times(double[] values, float factor) => [.. values.Select(value => (float)(value * factor))];

    private static float[] Times(float[] values, double factor) => [.. values.Select(value => (float)(value * factor))];
}
