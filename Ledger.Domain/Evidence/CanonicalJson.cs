using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ledger.Domain.Evidence;

/// <summary>
/// RFC 8785 (JSON Canonicalization Scheme): one byte sequence for one value, whatever its whitespace, key order or
/// number notation. It takes only what a Postgres jsonb column gives back unchanged (I-JSON, RFC 7493, and stricter):
/// anything else is <see cref="NotCanonical"/>, so that a digest taken before storing holds after it.
/// </summary>
public static class CanonicalJson
{
    public static byte[] Bytes(JsonElement value) => OfText(Text(value));

    /// <summary>Of JSON as text, in UTF-8.</summary>
    /// <exception cref="NotCanonical"/>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static byte[] OfText(ReadOnlySpan<byte> json)
    {
        var text = new CanonicalText();
        text.Value(json);
        return text.Written.ToArray();
    }

    public static byte[] Bytes(JsonNode? value) => Bytes(Element(value));

    /// <summary>Through <see cref="LedgerJson.Options"/>.</summary>
    public static byte[] Bytes<T>(T value) => Bytes(Element(value));

    /// <summary>
    /// As a value of exactly this type. Declared as <see cref="object"/>, a value of a polymorphic family would get its
    /// discriminator, which the store, knowing the type by the event's name, does not write.
    /// </summary>
    public static byte[] Bytes(object value, Type type) => Bytes(Stored(() => JsonSerializer.SerializeToElement(value, type, LedgerJson.Options)));

    public static ContentHash Digest(string scheme, JsonElement value)
    {
        var text = new CanonicalText();
        text.Raw("{\"scheme\":"u8);
        text.String(scheme, "scheme");
        text.Raw(",\"value\":"u8);
        text.Value(Text(value));
        text.Raw("}"u8);
        return ContentHash.Of(text.Written);
    }

    /// <summary>
    /// SHA-256 over <c>{"scheme":…,"value":…}</c>. The scheme names the meaning and version of the bytes, for example
    /// <c>ledger/step-key/1</c>, so that equal values of two kinds have different digests.
    /// </summary>
    public static ContentHash Digest<T>(string scheme, T value) => Digest(scheme, Element(value));

    /// <summary>The value as JSON, refusing what the serializer alone would replace or cannot write.</summary>
    public static JsonElement Element<T>(T value) => Stored(() => value switch
    {
        JsonElement element => element,
        JsonNode node => NodeElement(node),
        _ => JsonSerializer.SerializeToElement(value, LedgerJson.Options),
    });

    private static ReadOnlySpan<byte> Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.Undefined ? throw new NotCanonical("$", "no value", "a JSON value") : JsonMarshal.GetRawUtf8Value(value);

    private static JsonElement Stored(Func<JsonElement> serialize)
    {
        try
        {
            return serialize();
        }
        catch (Unstorable unstorable)
        {
            throw new NotCanonical(unstorable.Path ?? "$", unstorable.Found, unstorable.Expected);
        }
        catch (JsonException invalid)
        {
            throw new NotCanonical(invalid.Path ?? "$", invalid.InnerException?.Message ?? invalid.Message, "a value that JSON can hold");
        }
    }

    // Nodes made in memory hold .NET values that the serializer writes without our converters.
    private static JsonElement NodeElement(JsonNode node)
    {
        Inspect(node);
        return JsonSerializer.SerializeToElement(node, LedgerJson.Options);
    }

    private static void Inspect(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((string name, JsonNode? member) in Members(members))
                {
                    if (LosslessString.Fault(name) is { } fault)
                        throw new NotCanonical(node.GetPath(), "a key that is " + fault, LosslessString.Expected);
                    Inspect(member);
                }

                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                    Inspect(item);
                break;
            case JsonValue value when value.TryGetValue(out double number) && !double.IsFinite(number):
                throw new NotCanonical(node.GetPath(), number.ToString(), FiniteDouble.Expected);
            case JsonValue value when value.TryGetValue(out JsonElement element):
                new CanonicalText().Value(Text(element), node.GetPath());
                break;
            case JsonValue value when value.TryGetValue(out string? text) && LosslessString.Fault(text) is { } fault:
                throw new NotCanonical(node.GetPath(), fault, LosslessString.Expected);
        }
    }

    private static List<KeyValuePair<string, JsonNode?>> Members(JsonObject members)
    {
        try
        {
            return [.. members];
        }
        catch (ArgumentException twice)
        {
            throw new NotCanonical(members.GetPath(), twice.Message, "each key once");
        }
        catch (InvalidOperationException surrogate)
        {
            throw new NotCanonical(members.GetPath(), surrogate.Message, LosslessString.Expected);
        }
    }
}

/// <summary>A value without canonical bytes, or one that jsonb would give back changed. Exit code 2.</summary>
public sealed class NotCanonical(string path, string found, string expected)
    : LedgerException("not-canonical", 2, $"{path}: found {found}, expected {expected}.")
{
    /// <summary>Where in the value, as a JSON path from <c>$</c>; members of a .NET value may carry their .NET names.</summary>
    public string Path { get; } = path;

    public string Found { get; } = found;

    public string Expected { get; } = expected;
}
