using System.Buffers.Binary;
using System.IO.Compression;
using Ledger.Domain;

namespace Ledger.Runner.Data;

/// <summary>
/// One array of unsigned bytes in the IDX format of MNIST and its family (http://yann.lecun.com/exdb/mnist): two zero bytes, the type 8,
/// the rank, one big-endian size per dimension, then the values. Read whole, gzip or not.
/// </summary>
/// <param name="Shape">One size per dimension.</param>
/// <param name="Values">Row-major.</param>
public sealed record IdxFile(int[] Shape, byte[] Values)
{
    private const int UnsignedByte = 8;

    /// <summary>Two thousand million values: more than any data set of the family, and as much as an array holds.</summary>
    private const long Most = int.MaxValue;

    /// <param name="rank">1 for labels, 3 for images.</param>
    /// <exception cref="BadInput">Naming the file, what was found and what was expected.</exception>
    public static IdxFile Read(string path, int rank)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var stream = IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            return Read(path, stream, rank);
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw Bad(path, problem.Message, "an IDX file, gzip or not");
        }
    }

    private static IdxFile Read(string path, Stream stream, int rank)
    {
        var header = new byte[4 + (4 * rank)];
        var got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got < 4 || header[0] != 0 || header[1] != 0)
            throw Bad(path, $"the first bytes {Convert.ToHexStringLower(header.AsSpan(0, Math.Min(got, 4)))}", "0000 (IDX)");
        if (header[2] != UnsignedByte || header[3] != rank)
            throw Bad(path, $"type {header[2]}, {header[3]} dimensions", $"type {UnsignedByte} (unsigned byte), {rank} dimensions");
        if (got < header.Length)
            throw Bad(path, $"a header of {got} bytes", $"{header.Length} bytes");
        var shape = Enumerable.Range(0, rank).Select(axis => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 + (4 * axis)))).ToArray();
        return new IdxFile(Sizes(path, shape), Body(path, stream, shape));
    }

    private static int[] Sizes(string path, uint[] shape) =>
        shape.All(size => size is > 0 and <= int.MaxValue) && shape.Aggregate(1.0, (product, size) => product * size) <= Most
            ? [.. shape.Select(size => (int)size)]
            : throw Bad(path, $"a shape of {string.Join(" × ", shape)}", $"sizes from 1 and at most {Most} values");

    // Grows as bytes come: a header that promises two thousand million values must not cost that memory.
    private static byte[] Body(string path, Stream stream, uint[] shape)
    {
        var expected = (int)shape.Aggregate(1L, (product, size) => product * size);
        using var values = new MemoryStream();
        var chunk = new byte[1 << 16];
        while (values.Length <= expected && stream.Read(chunk) is > 0 and var count)
            values.Write(chunk, 0, count);
        if (values.Length == expected)
            return values.ToArray();
        var found = values.Length < expected ? $"only {values.Length} values" : "more values";
        throw Bad(path, found, $"{expected} values ({string.Join(" × ", shape)}, as its header says)");
    }

    private static bool IsGzip(FileStream file)
    {
        Span<byte> magic = stackalloc byte[2];
        var got = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return got == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    }

    private static BadInput Bad(string path, string found, string expected) => new(new Problem(found, expected, File: path));
}
