using Ledger.Domain.Evidence.Log;
using Marten;

namespace Ledger.Domain.Store;

/// <summary>
/// What Marten writes of itself when a save fails after it had been given numbers: for each an empty event under that number, in a stream whose head
/// stays at version 0. Nobody appended them and they tell nothing. This program does not let Marten write any more of them, but what was written
/// before stands in the log for good, with a position and a leaf.
/// </summary>
public static class Tombstones
{
    public const string Stream = "mt_tombstone";

    public const string Type = "tombstone";

    /// <summary>An event of that kind where Marten writes it, with nothing in it.</summary>
    public static bool Is(Entry entry) =>
        (entry.Stream, entry.Type) == (Stream, Type) && entry.Data.Span.SequenceEqual("{}"u8)
        && entry.Metadata is { Causation: null, Correlation: null, Headers: null, User: null };

    /// <summary>
    /// Keeps Marten from it. It would write them later, beside the save that failed, for its daemon, which must not wait for a number for ever: there is no
    /// daemon here, and <c>ledger_log.holes</c> knows the numbers that are open.
    /// </summary>
    internal sealed class Prevented : DocumentSessionListenerBase
    {
        // Marten makes them of the streams that its unit of work lists when the save has failed. What appends is queued by now and needs the list no more.
        public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
        {
            session.PendingChanges.Streams().Clear();
            return Task.CompletedTask;
        }
    }
}
