using System.Text;

namespace Ledger.Domain.Evidence;

/// <summary>Text as RFC 8785 section 3.2.2.2 quotes it: the shortest escapes, and only where JSON asks for one.</summary>
internal static class CanonicalString
{
    public static void Write(CanonicalBuffer bytes, string text)
    {
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
