using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Domain.Evidence;

/// <summary>
/// A SHA-256 digest of bytes. It says nothing of what the bytes mean: a digest of JSON comes from
/// <see cref="CanonicalJson.Digest{T}"/>, which puts a scheme's name inside the bytes. Ordered as its hexadecimal text.
/// The default value is 64 zeros, the digest of nothing known.
/// </summary>
[JsonConverter(typeof(ContentHashJson))]
public readonly record struct ContentHash : IComparable<ContentHash>, IParsable<ContentHash>
{
    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private ContentHash(ReadOnlySpan<byte> digest)
    {
        _high = BinaryPrimitives.ReadUInt128BigEndian(digest);
        _low = BinaryPrimitives.ReadUInt128BigEndian(digest[16..]);
    }

    /// <summary>The first 12 hexadecimal digits, for showing to people; not for addressing.</summary>
    public string Short => ToString()[..12];

    public static ContentHash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return new ContentHash(digest);
    }

    /// <summary>Reads the stream to its end.</summary>
    public static ContentHash Of(Stream stream)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(stream, digest);
        return new ContentHash(digest);
    }

    /// <summary>Takes 32 bytes that are a digest already.</summary>
    public static ContentHash FromDigest(ReadOnlySpan<byte> digest) =>
        digest.Length == SHA256.HashSizeInBytes
            ? new ContentHash(digest)
            : throw new ArgumentException($"A SHA-256 digest has 32 bytes, not {digest.Length}.", nameof(digest));

    /// <summary>The digest's 32 bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[SHA256.HashSizeInBytes];
        Write(bytes);
        return bytes;
    }

    /// <summary>Writes the digest's 32 bytes to the start of <paramref name="bytes"/>.</summary>
    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], _low);
    }

    /// <summary>Accepts exactly what <see cref="ToString"/> gives: 64 lowercase hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ContentHash hash)
    {
        hash = default;
        if (text is not { Length: 64 } || !text.All(char.IsAsciiHexDigitLower))
            return false;
        hash = new ContentHash(Convert.FromHexString(text));
        return true;
    }

    public static ContentHash Parse(string text) =>
        TryParse(text, out ContentHash hash)
            ? hash
            : throw new FormatException($"'{text}' is not a digest: expected 64 lowercase hexadecimal digits.");

    static ContentHash IParsable<ContentHash>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<ContentHash>.TryParse(string? s, IFormatProvider? provider, out ContentHash result) =>
        TryParse(s, out result);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_high:x32}{_low:x32}");

    public int CompareTo(ContentHash other) =>
        _high == other._high ? _low.CompareTo(other._low) : _high.CompareTo(other._high);

    public static bool operator <(ContentHash left, ContentHash right) => left.CompareTo(right) < 0;

    public static bool operator <=(ContentHash left, ContentHash right) => left.CompareTo(right) <= 0;

    public static bool operator >(ContentHash left, ContentHash right) => left.CompareTo(right) > 0;

    public static bool operator >=(ContentHash left, ContentHash right) => left.CompareTo(right) >= 0;
}

internal sealed class ContentHashJson : JsonConverter<ContentHash>
{
    public override ContentHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(reader.TokenType is JsonTokenType.String ? reader.GetString() : reader.TokenType.ToString());

    public override void Write(Utf8JsonWriter writer, ContentHash value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    public override ContentHash ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(reader.GetString());

    public override void WriteAsPropertyName(Utf8JsonWriter writer, ContentHash value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());

    private static ContentHash Read(string? text) =>
        ContentHash.TryParse(text, out ContentHash hash)
            ? hash
            : throw new JsonException($"'{text}' is not a digest: expected 64 lowercase hexadecimal digits.");
}
