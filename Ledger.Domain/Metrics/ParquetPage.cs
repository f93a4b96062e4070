using System.Buffers.Binary;
using System.Text;

namespace Ledger.Domain.Metrics;

/// <summary>A column's values as a plain page holds them: where they may be missing, runs of zeros and ones first (parquet-format, Encodings.md, RLE), then the values that are there.</summary>
/// <param name="Type">As parquet.thrift numbers them.</param>
/// <param name="IsOptional">Whether values may be missing.</param>
internal sealed record ParquetPage(long? Type, bool IsOptional, int Rows, ReadOnlyMemory<byte> Content)
{
    public delegate T Reading<T>(ReadOnlySpan<byte> bytes);

    /// <summary>Values of so many bytes each.</summary>
    public T?[] Fixed<T>(int size, Reading<T> read)
        where T : struct
    {
        var values = Values(out bool[] there).Span;
        if (values.Length != (long)size * there.Count(one => one))
            throw new InvalidDataException($"{values.Length} bytes of values of {size}");
        var all = new T?[Rows];
        int at = 0;
        for (int row = 0; row < Rows; row++)
        {
            if (there[row])
                all[row] = read(values.Slice(size * at++, size));
        }

        return all;
    }

    /// <summary>Values of one bit each, the lowest first.</summary>
    public bool?[] Bits()
    {
        var values = Values(out bool[] there).Span;
        if (values.Length != (there.Count(one => one) + 7) / 8)
            throw new InvalidDataException($"{values.Length} bytes of bits");
        var all = new bool?[Rows];
        int at = 0;
        for (int row = 0; row < Rows; row++)
        {
            if (there[row])
                all[row] = (values[at >> 3] >> (at++ & 7) & 1) == 1;
        }

        return all;
    }

    /// <summary>Texts with their lengths in four bytes before them.</summary>
    public string?[] Texts()
    {
        var values = Values(out bool[] there).Span;
        string?[] all = new string?[Rows];
        for (int row = 0; row < Rows; row++)
        {
            if (there[row])
                all[row] = Encoding.UTF8.GetString(Counted(ref values));
        }

        return all;
    }

    private ReadOnlyMemory<byte> Values(out bool[] there)
    {
        there = new bool[Rows];
        if (!IsOptional)
        {
            Array.Fill(there, true);
            return Content;
        }

        var rest = Content.Span;
        var runs = Rows == 0 && rest.IsEmpty ? rest : Counted(ref rest);
        for (int row = 0; row < Rows;)
            row = Run(ref runs, there, row);
        return Content[^rest.Length..];
    }

    /// <summary>Either a count and one value for all of it, or a count of bytes with a bit for each value.</summary>
    /// <returns>The row after the run.</returns>
    private static int Run(ref ReadOnlySpan<byte> runs, bool[] there, int row)
    {
        uint header = 0;
        for (int shift = 0; shift < 32; shift += 7)
        {
            byte next = Next(ref runs);
            header |= (uint)(next & 127) << shift;
            if (next < 128)
                break;
        }

        if ((header & 1) == 0)
        {
            int count = (int)Math.Min(header >> 1, (uint)(there.Length - row));
            there.AsSpan(row, count).Fill(Next(ref runs) == 1);
            return row + count;
        }

        for (uint left = header >> 1; left > 0 && row < there.Length; left--)
        {
            byte bits = Next(ref runs);
            for (int bit = 0; bit < 8 && row < there.Length; bit++)
                there[row++] = (bits >> bit & 1) == 1;
        }

        return row;
    }

    private static byte Next(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
            throw new InvalidDataException("a page that is cut off");
        byte next = rest[0];
        rest = rest[1..];
        return next;
    }

    private static ReadOnlySpan<byte> Counted(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 4 || BinaryPrimitives.ReadInt32LittleEndian(rest) is not (>= 0 and var length) || length > rest.Length - 4)
            throw new InvalidDataException("a page that is cut off");
        var counted = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return counted;
    }
}
