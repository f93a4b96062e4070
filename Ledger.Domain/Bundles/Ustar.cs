using System.Text;

namespace Ledger.Domain.Bundles;

/// <summary>
/// The part of POSIX's ustar format (IEEE Std 1003.1, pax, "ustar Interchange Format") that bundles are written in: plain files, one after
/// the other, up to a block of zeros. Every kind of entry besides is refused by its header alone, before anything is believed of it: extended
/// headers, for one, would have sizes of their own.
/// </summary>
internal static class Ustar
{
    private const int Block = 512;

    /// <param name="file">From its beginning.</param>
    /// <param name="part">Called with each file's name and content, in order; what it leaves unread is skipped.</param>
    /// <exception cref="InvalidDataException">Anything else, or the archive is cut off.</exception>
    public static async Task Read(FileStream file, Func<string, UstarContent, Task> part, CancellationToken stop)
    {
        byte[] header = new byte[Block];
        while (true)
        {
            await file.ReadExactlyAsync(header, stop);
            if (!header.AsSpan().ContainsAnyExcept((byte)0))
                break;
            var (name, length) = Header(header);
            if (length > file.Length - file.Position)
                throw new InvalidDataException($"{name} of {length} bytes where {file.Length - file.Position} are left");
            var content = new UstarContent(file, length);
            await part(name, content);
            await content.CopyToAsync(Stream.Null, stop);
            var filling = header.AsMemory(0, (int)((Block - length % Block) % Block));
            await file.ReadExactlyAsync(filling, stop);
            if (filling.Span.ContainsAnyExcept((byte)0))
                throw new InvalidDataException($"more between {name} and the next");
        }
    }

    private static (string Name, long Length) Header(ReadOnlySpan<byte> header)
    {
        if (!header[257..265].SequenceEqual("ustar\u000000"u8))
            throw new InvalidDataException("a header that is not ustar's");
        long sum = 8 * ' ';
        for (int at = 0; at < Block; at++)
            sum += at is >= 148 and < 156 ? 0 : header[at];
        if (Number(header[148..156], "check sum") is var written && written != sum)
            throw new InvalidDataException($"a header with the check sum {written} instead of {sum}");
        string name = Text(header[..100]);
        if (header[156] != '0')
            throw new InvalidDataException($"{name}, an entry of kind {(char.IsAsciiLetterOrDigit((char)header[156]) ? $"'{(char)header[156]}'" : $"{header[156]}")}, which is no plain file");
        if (header[345] != 0)
            throw new InvalidDataException($"{name} in two pieces");
        return (name, Number(header[124..136], "size"));
    }

    /// <summary>Digits in octal, and zeros or spaces before and behind them.</summary>
    private static long Number(ReadOnlySpan<byte> field, string what)
    {
        long number = 0;
        foreach (byte digit in field.Trim(" \0"u8))
            number = digit is >= (byte)'0' and <= (byte)'7' ? 8 * number + digit - '0' : throw new InvalidDataException($"a {what} that is no number");
        return number;
    }

    private static string Text(ReadOnlySpan<byte> field) =>
        Encoding.Latin1.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);
}
