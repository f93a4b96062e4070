using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>What keys, tree heads and signed notes of C2SP agree on: UTF-8, key names, and base64 with one way to write it.</summary>
internal static class NoteGrammar
{
    /// <summary>Refuses what no text can mean, such as half a surrogate pair, instead of replacing it.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public const string NotALine = "a control character or broken Unicode";

    /// <summary>Text as notes allow it: Unicode without control characters below U+0020.</summary>
    public static bool IsLine(string text)
    {
        ReadOnlySpan<char> rest = text;
        while (Rune.DecodeFromUtf16(rest, out Rune rune, out int length) is OperationStatus.Done && rune.Value >= ' ')
            rest = rest[length..];
        return rest.IsEmpty;
    }

    /// <summary>A key's name: not empty, without Unicode spaces and plus signs.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && IsLine(text) && !text.Any(c => char.IsWhiteSpace(c) || c == '+');

    /// <summary>For messages: the text, or its beginning, or that it cannot be shown.</summary>
    public static string Quote(string text) =>
        !IsLine(text) || text.Any(char.IsControl) ? NotALine
        : text.Length > 80 ? $"'{text[..80]}…'"
        : $"'{text}'";

    /// <summary>
    /// RFC 4648 §4 with padding, as an encoder writes it: no line breaks and no bits set that are thrown away, so that a
    /// changed text never means the same bytes.
    /// </summary>
    public static bool TryBase64(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        byte[] buffer = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, buffer, out int length) || Convert.ToBase64String(buffer, 0, length) != text)
            return false;
        bytes = buffer[..length];
        return true;
    }
}
