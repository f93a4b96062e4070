using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Ledger.Domain.Evidence;

/// <summary>The walk behind <see cref="CanonicalJson"/>.</summary>
internal static class CanonicalWriter
{
    public static void Write(IBufferWriter<byte> bytes, JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(bytes, value, path);
                break;
            case JsonValueKind.Array:
                WriteArray(bytes, value, path);
                break;
            case JsonValueKind.String:
                WriteString(bytes, Text(value, path), path);
                break;
            case JsonValueKind.Number:
                bytes.Write(Encoding.ASCII.GetBytes(Number(value, path)));
                break;
            case JsonValueKind.Undefined:
                throw new NotCanonical(path, "no value", "a JSON value");
            default:
                bytes.Write(Encoding.ASCII.GetBytes(value.GetRawText()));
                break;
        }
    }

    public static void WriteString(IBufferWriter<byte> bytes, string text, string path)
    {
        if (LosslessString.Fault(text) is { } fault)
            throw new NotCanonical(path, fault, LosslessString.Expected);
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
            _ = Escape(c) is { } escape ? quoted.Append(escape) : quoted.Append(c);
        bytes.Write(Encoding.UTF8.GetBytes(quoted.Append('"').ToString()));
    }

    private static void WriteObject(IBufferWriter<byte> bytes, JsonElement value, string path)
    {
        List<(string Key, JsonElement Value)> members = [.. value.EnumerateObject().Select(p => (Key(p, path), p.Value))];
        members.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        bytes.Write("{"u8);
        for (int i = 0; i < members.Count; i++)
        {
            (string key, JsonElement member) = members[i];
            string place = $"{path}.{key}";
            if (i > 0 && key == members[i - 1].Key)
                throw new NotCanonical(place, "the same key twice", "each key once");
            if (i > 0)
                bytes.Write(","u8);
            WriteString(bytes, key, place);
            bytes.Write(":"u8);
            Write(bytes, member, place);
        }

        bytes.Write("}"u8);
    }

    private static void WriteArray(IBufferWriter<byte> bytes, JsonElement value, string path)
    {
        bytes.Write("["u8);
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (index > 0)
                bytes.Write(","u8);
            Write(bytes, item, $"{path}[{index++}]");
        }

        bytes.Write("]"u8);
    }

    private static string Number(JsonElement value, string path)
    {
        double number = value.GetDouble();
        if (CanonicalNumber.Fault(value.GetRawText(), number) is var (found, expected))
            throw new NotCanonical(path, found, expected);
        return CanonicalNumber.Format(number);
    }

    private static string Key(JsonProperty member, string path) => Unescaped(() => member.Name, path);

    private static string Text(JsonElement value, string path) => Unescaped(() => value.GetString()!, path);

    // An escaped lone surrogate, or bytes that are not UTF-8, show only when the reader unescapes them.
    private static string Unescaped(Func<string> read, string path)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException invalid)
        {
            throw new NotCanonical(path, invalid.Message, LosslessString.Expected);
        }
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
