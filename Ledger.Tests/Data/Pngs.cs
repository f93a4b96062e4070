using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Ledger.Tests.Data;

/// <summary>Writes PNG files, right ones and wrong ones. The check sums are this class's own, by division bit by bit.</summary>
internal static class Pngs
{
    /// <param name="rows">Unfiltered bytes of each row.</param>
    /// <param name="filter">Of every row, 0 to 4.</param>
    /// <param name="step">Bytes of a pixel.</param>
    public static byte[] Of(int width, int colour, byte[][] rows, int filter = 0, int step = 1, byte bits = 8, byte interlace = 0, params (string Type, byte[] Data)[] extra) =>
        File([("IHDR", Header(width, rows.Length, colour, bits, interlace)), .. extra, ("IDAT", Deflated(Filtered(rows, filter, step))), ("IEND", [])]);

    public static byte[] File(params (string Type, byte[] Data)[] chunks) =>
        [0x89, .. "PNG"u8, 0x0d, 0x0a, 0x1a, 0x0a, .. chunks.SelectMany(chunk => Chunk(chunk.Type, chunk.Data))];

    public static byte[] Header(int width, int height, int colour, byte bits = 8, byte interlace = 0) =>
        [.. Number((uint)width), .. Number((uint)height), bits, (byte)colour, 0, 0, interlace];

    public static byte[] Deflated(byte[] bytes)
    {
        using var into = new MemoryStream();
        using (var zip = new ZLibStream(into, CompressionLevel.Fastest))
            zip.Write(bytes);
        return into.ToArray();
    }

    private static byte[] Filtered(byte[][] rows, int filter, int step) => [.. rows.Index().SelectMany(row =>
    {
        byte At(int y, int x) => y < 0 || x < 0 ? (byte)0 : rows[y][x];
        var filtered = row.Item.Select((value, x) => (byte)(value - Predicted(filter, At(row.Index, x - step), At(row.Index - 1, x), At(row.Index - 1, x - step))));
        return filtered.Prepend((byte)filter);
    })];

    private static int Predicted(int filter, int left, int up, int corner) => filter switch
    {
        1 => left,
        2 => up,
        3 => (left + up) / 2,
        4 => new[] { left, up, corner }.MinBy(value => Math.Abs(left + up - corner - value)),
        _ => 0,
    };

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        return [.. Number((uint)data.Length), .. body, .. Number(CheckSum(body))];
    }

    private static uint CheckSum(byte[] body)
    {
        var sum = uint.MaxValue;
        foreach (var bit in body.SelectMany(value => Enumerable.Range(0, 8).Select(place => (uint)(value >> place) & 1)))
            sum = ((sum ^ bit) & 1) == 1 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
        return ~sum;
    }

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
