using System.Buffers.Binary;
using System.Security.Cryptography;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Data;

/// <summary>
/// Decoded examples in a fixed order: pixels as unsigned bytes [n, channels, height, width] and one label each. Plain arrays, so that the
/// recording process can pin them without torch.
/// </summary>
/// <param name="Shape">Of one example, channels × height × width.</param>
/// <param name="Classes">Number of classes of the data set, not of the selection.</param>
/// <param name="Indices">Index of each example in its split; noise is drawn by it.</param>
public sealed record Examples(int[] Shape, int Classes, byte[] Pixels, byte[] Labels, int[] Indices)
{
    private const string Scheme = "ledger/examples/1\n";

    public int Count => Labels.Length;

    /// <summary>SHA-256 over the scheme's name, count, shape and classes (int32, big endian), pixels and labels.</summary>
    public ContentHash Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes(Scheme));
        Span<byte> number = stackalloc byte[4];
        foreach (var value in (int[])[Count, .. Shape, Classes])
        {
            BinaryPrimitives.WriteInt32BigEndian(number, value);
            hash.AppendData(number);
        }

        hash.AppendData(Pixels);
        hash.AppendData(Labels);
        return ContentHash.FromDigest(hash.GetHashAndReset());
    }

    /// <exception cref="BadInput">Files that are not what they should be, or a selection that the split is too small for.</exception>
    public static Examples Read(DataLocation location, ExamplesSpec spec)
    {
        var all = IdxDataset.Read(location, spec.Split);
        return all.Select(Selection(spec, all.Count));
    }

    private Examples Select(int[] indices)
    {
        var size = Shape[0] * Shape[1] * Shape[2];
        var pixels = new byte[(long)indices.Length * size];
        for (var row = 0; row < indices.Length; row++)
            Pixels.AsSpan(indices[row] * size, size).CopyTo(pixels.AsSpan(row * size));
        return new Examples(Shape, Classes, pixels, [.. indices.Select(index => Labels[index])], indices);
    }

    /// <summary>Indices of the split, in order, that the specification means.</summary>
    private static int[] Selection(ExamplesSpec spec, int count)
    {
        if (spec.First < 1 || spec.HoldOut?.Count < 1 || (spec.Held && spec.HoldOut is null))
            throw new BadInput(new Problem($"first {spec.First}, {spec.HoldOut?.Count} held out", "counts from 1, and held-out examples only where some are held out", Path: $"{spec.Source}.{spec.Split}"));
        if (spec.HoldOut is { } held && held.Count >= count)
            throw TooFew(spec, count, $"more than {held.Count}, of which {held.Count} are held out");
        var chosen = spec.HoldOut is { } holdOut
            ? spec.Held ? HeldOut(holdOut, count) : [.. Enumerable.Range(0, count).Except(HeldOut(holdOut, count))]
            : Enumerable.Range(0, count).ToArray();
        if (spec.First > chosen.Length)
            throw TooFew(spec, chosen.Length, $"at least {spec.First}");
        return spec.First is { } first ? chosen[..first] : chosen;
    }

    private static int[] HeldOut(HoldOut held, int count) => [.. Permutation.Of(count, held.Seed).Take(held.Count).Order()];

    private static BadInput TooFew(ExamplesSpec spec, int found, string expected) =>
        new(new Problem($"{found} examples", expected, Path: $"{spec.Source}.{spec.Split}"));
}
