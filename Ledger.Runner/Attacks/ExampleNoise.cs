using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>Fills one example's values from its own random numbers.</summary>
public delegate void NoiseFill(ExampleNoise noise, Span<float> values);

/// <summary>
/// Random numbers that belong to one example, one draw and one restart: a pure function, so an example's noise depends neither on the
/// batch it stands in nor on how many were drawn before. Philox 4×32 with 10 rounds (Salmon et al., "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011), key = the seed, counter = (block, example, restart, draw), each 32 bits.
/// </summary>
/// <param name="Seed">Seed of the step for purpose <c>attack</c>.</param>
/// <param name="Draw">Tells repeated use on the same example apart: the epoch in training, 0 in an evaluation.</param>
public readonly record struct ExampleNoise(ulong Seed, uint Draw, uint Example, uint Restart)
{
    // Blocks count up from 0 for an image's values; these are out of their reach.
    private const uint ScalarBlock = uint.MaxValue, WordBlocks = 1u << 31;

    /// <summary>One value uniform on the 2^24 multiples of 2^-24 in [0, 1), independent of the fills.</summary>
    public float Scalar() => Unit(Philox.Block(ScalarBlock, Example, Restart, Draw, Seed).A);

    /// <summary>Uniform on [−1, 1): 2u − 1, exact in float32.</summary>
    public void FillUniform(Span<float> values)
    {
        Fill(values);
        foreach (ref var value in values)
            value = (2 * value) - 1;
    }

    /// <summary>Normal with mean 0 and the deviation, by Box and Muller: two values from each two uniforms.</summary>
    public void FillNormal(Span<float> values, float deviation = 1)
    {
        Span<float> uniform = new float[values.Length + (values.Length % 2)];
        Fill(uniform);
        for (var i = 0; i < uniform.Length; i += 2)
        {
            var radius = deviation * Math.Sqrt(-2 * Math.Log(1 - (double)uniform[i]));
            var (sin, cos) = Math.SinCos(2 * Math.PI * uniform[i + 1]);
            values[i] = (float)(radius * cos);
            if (i + 1 < values.Length)
                values[i + 1] = (float)(radius * sin);
        }
    }

    /// <summary>Four independent random words, apart from the fills and the scalar: for attacks that draw step by step.</summary>
    /// <param name="number">Below 2^30.</param>
    public (uint A, uint B, uint C, uint D) Words(uint number) => Philox.Block(WordBlocks + number, Example, Restart, Draw, Seed);

    /// <summary>One row for each noise, and zeros in the rows beyond them.</summary>
    public static Tensor Rows(long[] shape, IReadOnlyList<ExampleNoise> noises, NoiseFill fill)
    {
        var size = (int)shape.Skip(1).Aggregate(1L, (all, side) => all * side);
        var values = new float[shape[0] * size];
        for (var row = 0; row < noises.Count; row++)
            fill(noises[row], values.AsSpan(row * size, size));
        return tensor(values, shape);
    }

    private void Fill(Span<float> values)
    {
        for (var i = 0; i < values.Length; i += 4)
        {
            var block = Philox.Block((uint)(i / 4), Example, Restart, Draw, Seed);
            values[i] = Unit(block.A);
            if (i + 1 < values.Length)
                values[i + 1] = Unit(block.B);
            if (i + 2 < values.Length)
                values[i + 2] = Unit(block.C);
            if (i + 3 < values.Length)
                values[i + 3] = Unit(block.D);
        }
    }

    /// <summary>A word as one of the multiples of 2^-24 in [0, 1).</summary>
    public static float Unit(uint bits) => (bits >> 8) * (1f / (1 << 24));
}

/// <summary>The counter-based generator Philox 4×32-10; the same numbers as Random123.</summary>
public static class Philox
{
    public static (uint A, uint B, uint C, uint D) Block(uint a, uint b, uint c, uint d, ulong key)
    {
        var (left, right) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var first = 0xD2511F53UL * a;
            var second = 0xCD9E8D57UL * c;
            (a, b, c, d) = ((uint)(second >> 32) ^ b ^ left, (uint)second, (uint)(first >> 32) ^ d ^ right, (uint)first);
            unchecked
            {
                left += 0x9E3779B9;
                right += 0xBB67AE85;
            }
        }
        return (a, b, c, d);
    }
}
