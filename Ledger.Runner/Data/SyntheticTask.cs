using System.Buffers.Binary;
using System.Numerics;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;

namespace Ledger.Runner.Data;

/// <summary>
/// Makes the examples of a <see cref="SyntheticSpec"/>. Each is a pure function of the task, its split and its index: taking a part, or
/// a larger data set, gives the same examples. Class 1 is the side on which w·(x − ½) is positive.
/// </summary>
public static class SyntheticTask
{
    private const int Classes = 2;

    /// <summary>2·(q − 127.5) in units of half a grey level, so that distances are whole numbers.</summary>
    private const int Middle = 255;

    /// <summary>The vector s of signs: √Dimension times the unit normal w of the separating hyperplane.</summary>
    public static int[] Signs(SyntheticSpec task)
    {
        var uniform = new float[task.Dimension];
        new ExampleNoise(new SeedTree(task.Seed).Of([Name(task)], "direction").Value, 0, 0, 0).FillUniform(uniform);
        return [.. uniform.Select(value => value < 0 ? -1 : 1)];
    }

    /// <summary>
    /// Σ sᵢ(2qᵢ − 255) of an example's 8-bit pixels q: 510·√Dimension times its signed L2 distance from the hyperplane, exactly.
    /// </summary>
    public static long Side(ReadOnlySpan<byte> pixels, int[] signs)
    {
        var sum = 0L;
        for (var at = 0; at < signs.Length; at++)
            sum += signs[at] * ((2 * pixels[at]) - Middle);
        return sum;
    }

    internal static Split Open(ExamplesSpec spec)
    {
        var task = spec.Synthetic ?? throw new BadInput(new Problem("no task", "what is generated", Path: spec.Source));
        return new Split(spec.Split == "train" ? task.Train : task.Test, rows => Make(task, spec.Split, rows));
    }

    private static Examples Make(SyntheticSpec task, string split, int[] rows)
    {
        if ((long)rows.Length * task.Dimension > Array.MaxLength)
            throw new BadInput(new Problem($"{rows.Length} examples of {task.Dimension} pixels", $"at most {Array.MaxLength} pixels together", Path: Name(task)));
        var (labels, pixels, signs) = (new byte[rows.Length], new byte[rows.Length * task.Dimension], Signs(task));
        var seed = new SeedTree(task.Seed).Of([Name(task), split], "examples").Value;
        var least = LeastSide(task);
        Parallel.For(0, rows.Length, row =>
        {
            var example = pixels.AsSpan(row * task.Dimension, task.Dimension);
            labels[row] = task is TwoGaussians gaussians
                ? Gaussian(gaussians, example, signs, seed, rows[row])
                : Uniform(task is LowRank low ? low.Rank : task.Dimension, example, signs, least, seed, (uint)rows[row]);
        });
        return new Examples([1, 1, task.Dimension], Classes, pixels, labels, rows);
    }

    private static byte Gaussian(TwoGaussians task, Span<byte> pixels, int[] signs, ulong seed, int index)
    {
        var label = index % Classes;
        var shift = (label == 0 ? -1 : 1) * task.Margin.Value / Math.Sqrt(task.Dimension);
        var noise = new float[task.Dimension];
        new ExampleNoise(seed, 0, (uint)index, 0).FillNormal(noise);
        for (var at = 0; at < pixels.Length; at++)
            pixels[at] = (byte)Math.Round(byte.MaxValue * Math.Clamp(0.5 + (shift * signs[at]) + (task.Noise * noise[at]), 0, 1));
        return (byte)label;
    }

    /// <summary>Draws again until the margin holds. A feature seen through the sign of its pixel counts the same wherever it is repeated.</summary>
    private static byte Uniform(int rank, Span<byte> pixels, int[] signs, long least, ulong seed, uint index)
    {
        Span<byte> features = new byte[rank];
        for (var attempt = 0u; ; attempt++)
        {
            Fill(features, seed, index, attempt);
            for (var at = 0; at < pixels.Length; at++)
                pixels[at] = signs[at] > 0 ? features[at % rank] : (byte)(byte.MaxValue - features[at % rank]);
            var side = Side(pixels, signs);
            if (Math.Abs(side) >= least)
                return (byte)(side > 0 ? 1 : 0);
        }
    }

    private static void Fill(Span<byte> features, ulong seed, uint example, uint attempt)
    {
        Span<byte> block = stackalloc byte[16];
        for (var at = 0; at < features.Length; at += block.Length)
        {
            var (a, b, c, d) = Philox.Block((uint)(at / block.Length), example, attempt, 0, seed);
            BinaryPrimitives.WriteUInt32LittleEndian(block, a);
            BinaryPrimitives.WriteUInt32LittleEndian(block[4..], b);
            BinaryPrimitives.WriteUInt32LittleEndian(block[8..], c);
            BinaryPrimitives.WriteUInt32LittleEndian(block[12..], d);
            block[..Math.Min(block.Length, features.Length - at)].CopyTo(features[at..]);
        }
    }

    /// <summary>The smallest whole number of at least 510·√Dimension·Margin.</summary>
    private static long LeastSide(SyntheticSpec task)
    {
        var squared = 4 * Middle * Middle * task.Dimension * BigInteger.Pow(task.Margin.Numerator, 2);
        bool Enough(long side) => BigInteger.Pow(side * task.Margin.Denominator, 2) >= squared;
        var near = (long)(2 * Middle * Math.Sqrt(task.Dimension) * task.Margin.Value);
        return Enough(near) ? near : near + (Enough(near + 1) ? 1 : 2);
    }

    private static string Name(SyntheticSpec task) => task switch
    {
        TwoGaussians => "two-gaussians",
        Halfspace => "halfspace",
        _ => "low-rank",
    };
}
