using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Ledger.Domain.Evidence.Log;

public sealed partial record Entry
{
    /// <summary>Reads exactly what <see cref="Envelope"/> gives: other bytes, unknown members among them, are refused.</summary>
    /// <exception cref="BadInput">Any other bytes.</exception>
    public static Entry FromEnvelope(ReadOnlySpan<byte> envelope) =>
        TryFromEnvelope(envelope, out Entry? entry, out Problem? problem) ? entry : throw new BadInput(problem);

    /// <inheritdoc cref="FromEnvelope"/>
    public static bool TryFromEnvelope(ReadOnlySpan<byte> envelope, [NotNullWhen(true)] out Entry? entry, [NotNullWhen(false)] out Problem? problem)
    {
        entry = null;
        try
        {
            problem = Read(JsonSerializer.Deserialize<Members>(envelope, LedgerJson.Exact), out entry);
            if (problem is null && !entry!.Envelope().AsSpan().SequenceEqual(envelope))
                problem = new Problem("another notation", $"the canonical JSON (RFC 8785) of an entry of scheme {Scheme}");
        }
        catch (JsonException invalid)
        {
            problem = new Problem(invalid.Message, "the members of an entry", invalid.Path);
        }
        catch (NotCanonical value)
        {
            problem = new Problem(value.Found, value.Expected, value.Path);
        }

        entry = problem is null ? entry : null;
        return entry is not null;
    }

    private static Problem? Read(Members? read, out Entry? entry)
    {
        entry = null;
        if (read?.Scheme != Scheme)
            return new Problem($"scheme '{read?.Scheme}'", Scheme, "scheme");
        if (!TryTime(read.ClaimedAt, out DateTime claimed) || !TryTime(read.RecordedAt, out DateTime recorded))
            return new Problem($"the times '{read.ClaimedAt}' and '{read.RecordedAt}'", $"UTC as {TimeFormat}", "claimedAt, recordedAt");
        var metadata = read.Metadata;
        entry = new Entry(
            read.Stream, read.Version, read.EventId, read.Type, claimed, recorded, Raw(read.Data),
            new EntryMetadata(metadata.Causation, metadata.Correlation, metadata.Headers is { } headers ? Raw(headers) : (ReadOnlyMemory<byte>?)null, metadata.User));
        return null;
    }

    private static bool TryTime(string text, out DateTime time) => DateTime.TryParseExact(
        text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    private static byte[] Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).ToArray();

    private sealed record Members(
        string ClaimedAt, JsonElement Data, Guid EventId, MetadataMembers Metadata, string RecordedAt, string Scheme, string Stream, string Type, long Version);

    private sealed record MetadataMembers(string? Causation, string? Correlation, JsonElement? Headers, string? User);
}
