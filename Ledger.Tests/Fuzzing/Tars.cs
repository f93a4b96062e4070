using System.Globalization;
using System.Text;

namespace Ledger.Tests.Fuzzing;

/// <summary>A part of an archive, with a header that may lie: a null means the truth.</summary>
/// <param name="Size">The field as it stands, for sizes that are not the content's.</param>
internal sealed record TarPart(string Name, byte[] Content, char Type = '0', string? Size = null, string Magic = "ustar\0" + "00", string Link = "", string Prefix = "");

/// <summary>Writes archives field by field (POSIX.1-2017, pax, "ustar Interchange Format"), so that any of them can be wrong under a check sum that is right.</summary>
internal static class Tars
{
    public static byte[] Of(IEnumerable<TarPart> parts) => [.. parts.SelectMany(Bytes), .. new byte[1024]];

    private static byte[] Bytes(TarPart part)
    {
        byte[] header = new byte[512];
        Put(header, 0, 100, part.Name);
        Put(header, 100, 8, "0000444");
        Put(header, 108, 8, "0000000");
        Put(header, 116, 8, "0000000");
        Put(header, 124, 12, part.Size ?? Octal(part.Content.Length, 11));
        Put(header, 136, 12, "00000000000");
        header[156] = (byte)part.Type;
        Put(header, 157, 100, part.Link);
        Put(header, 257, 8, part.Magic);
        Put(header, 329, 8, "0000000");
        Put(header, 337, 8, "0000000");
        Put(header, 345, 155, part.Prefix);
        header.AsSpan(148, 8).Fill((byte)' ');
        Put(header, 148, 8, $"{Octal(header.Sum(value => value), 6)}\0 ");
        return [.. header, .. part.Content, .. new byte[(512 - part.Content.Length % 512) % 512]];
    }

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0').ToString(CultureInfo.InvariantCulture);

    private static void Put(byte[] header, int at, int length, string text) =>
        Encoding.Latin1.GetBytes(text.Length > length ? text[..length] : text).CopyTo(header, at);
}
