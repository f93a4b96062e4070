using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Domain.Evidence;

/// <summary>
/// A derived seed: 64 bits, of which torch's generators take 63 (<see cref="AsInt63"/>). In JSON a decimal string,
/// since 64 bits do not fit a JSON number.
/// </summary>
[JsonConverter(typeof(SeedJson))]
public readonly record struct Seed(ulong Value)
{
    /// <summary>The seed without its highest bit: never negative.</summary>
    public long AsInt63 => (long)(Value & long.MaxValue);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// Seeds for every purpose of every step, grown from one root: the run's seed, or <c>data.seed</c> for choices of data.
/// It holds no state and draws nothing, so that asking in another order or for one purpose more changes no other seed.
/// </summary>
/// <param name="Root">The seed as the experiment states it.</param>
public sealed record SeedTree(long Root)
{
    public const string Scheme = "ledger/seed/1";

    /// <summary>
    /// The first 8 bytes, big endian, of SHA-256 over the canonical JSON of
    /// <c>{"path":[…],"purpose":…,"runSeed":"…","scheme":"ledger/seed/1"}</c>; the run's seed is a decimal string.
    /// </summary>
    /// <param name="path">The ids of the steps along the data dependence, from the first to this one.</param>
    /// <param name="purpose">What the seed is for: <c>init</c>, <c>shuffle</c>, <c>attack-start</c> …</param>
    public Seed Of(IReadOnlyList<string> path, string purpose)
    {
        byte[] bytes = CanonicalJson.Bytes(new
        {
            Scheme,
            RunSeed = Root.ToString(CultureInfo.InvariantCulture),
            Path = path,
            Purpose = purpose,
        });
        return new Seed(BinaryPrimitives.ReadUInt64BigEndian(ContentHash.Of(bytes).ToBytes()));
    }
}

internal sealed class SeedJson : JsonConverter<Seed>
{
    public override Seed Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String
        && ulong.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? new Seed(value)
            : throw new JsonException("A seed is a decimal string below 2^64.");

    public override void Write(Utf8JsonWriter writer, Seed value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
