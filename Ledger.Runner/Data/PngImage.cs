using System.Buffers.Binary;
using System.IO.Compression;

namespace Ledger.Runner.Data;

/// <summary>
/// PNG (ISO/IEC 15948) as data sets have it: 8 bits a channel, grey, colour or palette, not interlaced. Colour management chunks are not
/// looked at: the values are the file's. Check sums are.
/// </summary>
internal static class PngImage
{
    private const int Signature = 8, Grey = 0, Colour = 2, Palette = 3;

    /// <exception cref="InvalidDataException">What is wrong, or what kind it is that is not read.</exception>
    public static ImageFile Decode(ReadOnlySpan<byte> file)
    {
        byte[] header = [], palette = [];
        using var compressed = new MemoryStream();
        for (var rest = file[Signature..]; ;)
        {
            var (type, data) = Chunk(ref rest);
            if (header.Length == 0 && type != "IHDR")
                throw new InvalidDataException($"a PNG image that begins with {type}");
            if (type == "IEND")
                break;
            if (type == "IHDR")
                header = data.ToArray();
            else if (type == "PLTE")
                palette = data.ToArray();
            else if (type == "IDAT")
                compressed.Write(data);
            else if (type == "tRNS")
                throw new InvalidDataException("a PNG image with transparency");
        }

        compressed.Position = 0;
        return Image(header, palette, compressed);
    }

    private static ImageFile Image(byte[] header, byte[] palette, Stream compressed)
    {
        if (header.Length != 13)
            throw new InvalidDataException($"a PNG header of {header.Length} bytes");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)));
        ImageFile.CheckSize(width, height);
        if (header is not [.., 8, Grey or Colour or Palette, 0, 0, 0])
            throw new InvalidDataException($"a PNG image of {header[8]} bits, colour type {header[9]}, interlacing {header[12]} (8 bits grey, colour or palette without interlacing is read)");
        var channels = header[9] == Colour ? 3 : 1;
        var values = Unfiltered(compressed, (int)height, (int)width * channels, channels);
        return header[9] == Palette
            ? ImageFile.FromInterleaved(3, (int)height, (int)width, Looked(values, palette))
            : ImageFile.FromInterleaved(channels, (int)height, (int)width, values);
    }

    private static (string Type, byte[] Data) Chunk(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - 12)
            throw new InvalidDataException("a PNG image that is cut off");
        var body = rest.Slice(4, 4 + (int)length);
        if (BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]) != Crc32(body))
            throw new InvalidDataException("a PNG image with a wrong check sum");
        rest = rest[(12 + (int)length)..];
        return (System.Text.Encoding.Latin1.GetString(body[..4]), body[4..].ToArray());
    }

    /// <summary>Each row is a filter's number and bytes that say how they differ from their neighbours to the left and above.</summary>
    private static byte[] Unfiltered(Stream compressed, int rows, int stride, int step)
    {
        using var inflated = new ZLibStream(compressed, CompressionMode.Decompress);
        var (values, line) = (new byte[rows * stride], new byte[stride + 1]);
        for (var row = 0; row < rows; row++)
        {
            if (inflated.ReadAtLeast(line, line.Length, throwOnEndOfStream: false) < line.Length)
                throw new InvalidDataException("a PNG image with too few pixels");
            var above = row == 0 ? new byte[stride] : values.AsSpan((row - 1) * stride, stride);
            Unfilter(line[0], line.AsSpan(1), above, step, values.AsSpan(row * stride, stride));
        }

        return inflated.ReadByte() < 0 ? values : throw new InvalidDataException("a PNG image with too many pixels");
    }

    private static void Unfilter(byte filter, ReadOnlySpan<byte> line, ReadOnlySpan<byte> above, int step, Span<byte> into)
    {
        for (var at = 0; at < line.Length; at++)
        {
            int left = at < step ? 0 : into[at - step], up = above[at], corner = at < step ? 0 : above[at - step];
            into[at] = (byte)(line[at] + filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => throw new InvalidDataException($"a PNG image with the row filter {filter}"),
            });
        }
    }

    /// <summary>Of left, up and corner, the first that is nearest to left + up − corner.</summary>
    private static int Paeth(int left, int up, int corner)
    {
        var (toLeft, toUp, toCorner) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static byte[] Looked(byte[] indices, byte[] palette)
    {
        if (indices.Max() >= palette.Length / 3)
            throw new InvalidDataException($"a PNG image with colour {indices.Max()} of a palette of {palette.Length / 3}");
        var colours = new byte[3 * indices.Length];
        for (var at = 0; at < indices.Length; at++)
            palette.AsSpan(3 * indices[at], 3).CopyTo(colours.AsSpan(3 * at));
        return colours;
    }

    /// <summary>The reflected polynomial 0xEDB88320, as in ISO 3309.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
            sum = Table[(byte)(sum ^ value)] ^ (sum >> 8);
        return ~sum;
    }

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(index =>
        Enumerable.Range(0, 8).Aggregate((uint)index, (value, _) => (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1)))];
}
