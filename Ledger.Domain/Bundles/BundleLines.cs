using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Log;

namespace Ledger.Domain.Bundles;

/// <summary>Events of a bundle as lines, and back: exactly one text for one event.</summary>
public static class BundleLines
{
    /// <summary>More than any event of a ledger has, so that a line without end is told from one.</summary>
    public const int Longest = 4 << 20;

    /// <summary>The line with its newline.</summary>
    public static byte[] Write(BundledEvent bundled)
    {
        var line = new ArrayBufferWriter<byte>();
        line.Write("{\"envelope\":"u8);
        line.Write(bundled.Entry.Envelope());
        line.Write(",\"places\":"u8);
        line.Write(CanonicalJson.Bytes(bundled.Places.Select(place => new Written(place.Origin, place.Position, Text(place.RecordedAt))).ToArray()));
        line.Write("}\n"u8);
        return line.WrittenSpan.ToArray();
    }

    /// <summary>Reads exactly what <see cref="Write"/> gives, without its newline.</summary>
    /// <exception cref="BadInput">Any other text.</exception>
    public static BundledEvent Read(ReadOnlySpan<byte> line)
    {
        try
        {
            using var parsed = JsonDocument.Parse(Encoding.UTF8.GetString(line));
            if (parsed.RootElement.ValueKind == JsonValueKind.Object
                && parsed.RootElement.TryGetProperty("envelope", out var envelope) && parsed.RootElement.TryGetProperty("places", out var places)
                && places.Deserialize<Written[]>(LedgerJson.Strict) is { Length: > 0 } written && !written.Contains(null))
            {
                var bundled = new BundledEvent(Entry.FromEnvelope(CanonicalJson.Bytes(envelope)), [.. written.Select(Place)]);
                if (line.SequenceEqual(Write(bundled).AsSpan()[..^1]) && bundled.Places[0].RecordedAt == bundled.Entry.RecordedAt)
                    return bundled;
            }

            throw new BadInput(new Problem("another form", "an event's envelope and its places, in canonical JSON"));
        }
        catch (Exception e) when (e is JsonException or NotCanonical or FormatException)
        {
            throw new BadInput(new Problem(e.Message, "an event's envelope and its places, in canonical JSON"));
        }
    }

    private static BundledPlace Place(Written place) => new(
        place.Origin, place.Position,
        DateTime.ParseExact(place.RecordedAt, Entry.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal));

    private static string Text(DateTime time) => time.ToString(Entry.TimeFormat, CultureInfo.InvariantCulture);

    private sealed record Written(string Origin, long Position, string RecordedAt);
}
