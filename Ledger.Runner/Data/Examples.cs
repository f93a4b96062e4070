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
/// <param name="Classes">Number of classes of the data set, not of the selection; at most <see cref="MostClasses"/>.</param>
/// <param name="Indices">Index of each example in its split; noise is drawn by it.</param>
public sealed record Examples(int[] Shape, int Classes, byte[] Pixels, byte[] Labels, int[] Indices)
{
    /// <summary>Labels are bytes.</summary>
    public const int MostClasses = 256;

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
        var split = DataFormats.Open(location, spec);
        return split.Take(Selection.Of(spec, split.Count));
    }

    /// <summary>The rows named, in that order; itself where that is all of them.</summary>
    public Examples Take(int[] rows)
    {
        if (rows.AsSpan().SequenceEqual(Enumerable.Range(0, Count).ToArray()))
            return this;
        var size = Shape[0] * Shape[1] * Shape[2];
        var pixels = new byte[(long)rows.Length * size];
        for (var row = 0; row < rows.Length; row++)
            Pixels.AsSpan(rows[row] * size, size).CopyTo(pixels.AsSpan(row * size));
        return new Examples(Shape, Classes, pixels, [.. rows.Select(row => Labels[row])], [.. rows.Select(row => Indices[row])]);
    }
}
