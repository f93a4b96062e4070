using System.Buffers;
using System.Text;

namespace Ledger.Domain.Evidence;

/// <summary>Text as RFC 8785 section 3.2.2.2 quotes it: the shortest escapes, and only where JSON asks for one.</summary>
internal static class CanonicalString
{
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', 0x7F - ' ').Select(c => (char)c).Except("\"\\")]);

    public static void Write(CanonicalBuffer bytes, string text)
    {
        if (text.Length <= 128 && !text.AsSpan().ContainsAnyExcept(Plain))
        {
            Span<byte> plain = stackalloc byte[130];
            plain[0] = (byte)'"';
            Encoding.ASCII.GetBytes(text, plain[1..]);
            plain[text.Length + 1] = (byte)'"';
            bytes.Add(plain[..(text.Length + 2)]);
            return;
        }

        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
            _ = Escape(c) is { } escape ? quoted.Append(escape) : quoted.Append(c);
        bytes.Add(Encoding.UTF8.GetBytes(quoted.Append('"').ToString()));
    }

    private static string? Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        < ' ' => $"\\u{(int)c:x4}",
        _ => null,
    };
}
