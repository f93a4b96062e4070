using JasperFx.Events;
using Ledger.Domain.Evidence;
using Marten;

namespace Ledger.Domain.Store;

/// <summary>The events of one command for one stream, checked, with the ids that make appending them twice impossible.</summary>
/// <param name="Expected">Version before the append; null: whatever is there.</param>
internal sealed record Batch(string Stream, long? Expected, IReadOnlyList<object> Events, IReadOnlyList<Guid> Ids, IReadOnlyList<byte[]> Bytes)
{
    public static Batch Of(string stream, long? expected, string commandId, IReadOnlyList<object> events) =>
        new(stream, expected, events, [.. events.Select((_, ordinal) => EventId.Of(stream, commandId, ordinal))], Payload.Check(stream, events));

    /// <summary>Puts the batch into the session so that its save fails if the stream is not at the version it should follow.</summary>
    /// <param name="version">The stream's version as far as known; 0 when there is none.</param>
    public async Task<IEvent> Enlist(IDocumentSession session, long version, CancellationToken stop)
    {
        IEvent[] events = [.. Events.Select((data, i) => Event(session, data, Ids[i]))];
        if (version == 0)
            session.Events.StartStream(Stream, events);
        else if (Expected is null)
            await session.Events.AppendExclusive(Stream, stop, events);
        else
            session.Events.Append(Stream, version + events.Length, events);
        return events[^1];
    }

    private static IEvent Event(IDocumentSession session, object data, Guid id)
    {
        IEvent e = session.Events.BuildEvent(data);
        e.Id = id;
        return e;
    }
}
