namespace Ledger.Runner.Attacks;

/// <summary>
/// How Square attack begins and changes one example's perturbation, [channels, height, width] in a row; its radius is ε.
/// Formulas from the authors' code (Andriushchenko et al. 2020, algorithms 2 and 3).
/// </summary>
internal abstract class SquareWindows((int Channels, int Height, int Width) shape, float radius)
{
    // A window's draws take as many words as there are channels, and some; this many queries' worth lie apart.
    private const int BlocksPerQuery = 64;

    protected int Channels => shape.Channels;

    protected int Height => shape.Height;

    protected int Width => shape.Width;

    protected float Radius => radius;

    /// <summary>Side of a window that covers this fraction of the pixels; at least 1 and at most the image.</summary>
    public virtual int Side(double fraction) => Math.Clamp((int)Math.Round(Math.Sqrt(fraction * Height * Width)), 1, Math.Min(Height, Width));

    public abstract void Begin(ExampleNoise noise, Span<float> perturbation);

    /// <param name="query">From 0.</param>
    public abstract void Change(ExampleNoise noise, int query, int side, Span<float> perturbation);

    /// <summary>The random words of one query, one after another.</summary>
    protected static Words WordsOf(ExampleNoise noise, int query) => new(noise, (uint)query * BlocksPerQuery);

    /// <summary>A window's corner, uniform on [0, height − side) × [0, width − side), as in the authors' code; 0 where that is empty.</summary>
    protected (int Top, int Left) Corner(ref Words words, int side) => (words.Below(Height - side), words.Below(Width - side));

    /// <summary>A stream of random words of one example and one query.</summary>
    protected ref struct Words(ExampleNoise noise, uint block)
    {
        private (uint A, uint B, uint C, uint D) _words;
        private uint _used;

        public uint Next()
        {
            if (_used % 4 == 0)
                _words = noise.Words(block + (_used / 4));
            return (_used++ % 4) switch { 0 => _words.A, 1 => _words.B, 2 => _words.C, _ => _words.D };
        }

        public int Below(int count) => (int)(ExampleNoise.Unit(Next()) * Math.Max(count, 0));

        public float Sign() => (Next() >> 31) == 0 ? 1 : -1;
    }
}

/// <summary>Every pixel is at +ε or −ε: first by columns, then by windows of one sign a channel.</summary>
internal sealed class LinfWindows((int Channels, int Height, int Width) shape, float radius) : SquareWindows(shape, radius)
{
    /// <summary>Vertical stripes: a sign for each channel and column.</summary>
    public override void Begin(ExampleNoise noise, Span<float> perturbation)
    {
        var signs = new float[Channels * Width];
        noise.FillUniform(signs);
        for (var at = 0; at < perturbation.Length; at++)
            perturbation[at] = signs[(at / (Height * Width) * Width) + (at % Width)] < 0 ? -Radius : Radius;
    }

    /// <summary>Adding ±2ε in the window and clipping to the ball, as the paper has it, is setting ±ε.</summary>
    public override void Change(ExampleNoise noise, int query, int side, Span<float> perturbation)
    {
        var words = WordsOf(noise, query);
        var (top, left) = Corner(ref words, side);
        for (var channel = 0; channel < Channels; channel++)
        {
            var value = Radius * words.Sign();
            for (var y = top; y < top + side; y++)
                perturbation.Slice((((channel * Height) + y) * Width) + left, side).Fill(value);
        }
    }
}
