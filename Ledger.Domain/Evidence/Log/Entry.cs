using System.Globalization;

namespace Ledger.Domain.Evidence.Log;

/// <summary>
/// One event as a log's Merkle tree sees it: everything that is said to have happened, and nothing of how a database keeps it. The
/// same event has the same bytes in every copy of its ledger; its position is the leaf's place in the tree.
/// </summary>
/// <param name="Version">Place in its stream, from 1.</param>
/// <param name="Type">Wire name.</param>
/// <param name="ClaimedAt">The writer's clock, UTC, in microseconds.</param>
/// <param name="RecordedAt">The server's clock when the position was given, UTC, in microseconds.</param>
/// <param name="Data">The payload: JSON in UTF-8, in any notation.</param>
/// <param name="Metadata">Who and on account of what.</param>
public sealed partial record Entry(
    string Stream, long Version, Guid EventId, string Type, DateTime ClaimedAt, DateTime RecordedAt, ReadOnlyMemory<byte> Data, EntryMetadata Metadata)
{
    public const string Scheme = "ledger/entry/1";

    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>
    /// The canonical JSON (RFC 8785) whose hash is the leaf: <c>claimedAt</c>, <c>data</c>, <c>eventId</c>, <c>metadata</c> (<c>causation</c>,
    /// <c>correlation</c>, <c>headers</c>, <c>user</c>), <c>recordedAt</c>, <c>scheme</c>, <c>stream</c>, <c>type</c>, <c>version</c>.
    /// </summary>
    /// <exception cref="NotCanonical"/>
    public byte[] Envelope()
    {
        var text = new CanonicalText();
        Write(text);
        return text.Written.ToArray();
    }

    internal void Write(CanonicalText text)
    {
        text.Raw("{\"claimedAt\":\""u8);
        Write(text, ClaimedAt);
        text.Raw("\",\"data\":"u8);
        text.Value(Data.Span, "data");
        text.Raw(",\"eventId\":\""u8);
        Write(text, EventId, "");
        text.Raw("\",\"metadata\":"u8);
        Metadata.Write(text);
        text.Raw(",\"recordedAt\":\""u8);
        Write(text, RecordedAt);
        text.Raw("\",\"scheme\":\"ledger/entry/1\",\"stream\":"u8);
        text.String(Stream, "stream");
        text.Raw(",\"type\":"u8);
        text.String(Type, "type");
        text.Raw(",\"version\":"u8);
        Write(text, Version, "");
        text.Raw("}"u8);
    }

    /// <summary>As <see cref="TimeFormat"/> says, several times as fast.</summary>
    private static void Write(CanonicalText text, DateTime time)
    {
        Span<byte> written = stackalloc byte[27];
        "0000-00-00T00:00:00.000000Z"u8.CopyTo(written);
        Digits(written[..4], time.Year);
        Digits(written[5..7], time.Month);
        Digits(written[8..10], time.Day);
        Digits(written[11..13], time.Hour);
        Digits(written[14..16], time.Minute);
        Digits(written[17..19], time.Second);
        Digits(written[20..26], (int)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        text.Raw(written);
    }

    private static void Digits(Span<byte> written, int value)
    {
        for (int i = written.Length - 1; i >= 0; i--, value /= 10)
            written[i] = (byte)('0' + (value % 10));
    }

    private static void Write<T>(CanonicalText text, T value, string format)
        where T : IUtf8SpanFormattable
    {
        Span<byte> written = stackalloc byte[64];
        value.TryFormat(written, out int length, format, CultureInfo.InvariantCulture);
        text.Raw(written[..length]);
    }
}

/// <summary>What stands beside an event: a claim of whoever wrote it. Each is null where nothing was said.</summary>
/// <param name="Headers">A JSON object in UTF-8, in any notation; null: none.</param>
public sealed record EntryMetadata(string? Causation, string? Correlation, ReadOnlyMemory<byte>? Headers, string? User)
{
    internal void Write(CanonicalText text)
    {
        text.Raw("{\"causation\":"u8);
        Write(text, Causation, "metadata.causation");
        text.Raw(",\"correlation\":"u8);
        Write(text, Correlation, "metadata.correlation");
        text.Raw(",\"headers\":"u8);
        if (Headers is { } headers)
            text.Repeated(headers, "metadata.headers");
        else
            text.Raw("null"u8);
        text.Raw(",\"user\":"u8);
        Write(text, User, "metadata.user");
        text.Raw("}"u8);
    }

    private static void Write(CanonicalText text, string? value, string path)
    {
        if (value is null)
            text.Raw("null"u8);
        else
            text.String(value, path);
    }
}
