namespace Ledger.Domain.Store;

/// <summary>Who appends, and on account of what. Recorded beside each event; a claim, not evidence.</summary>
/// <param name="Correlation">ULID of the experiment (or origin) that the event belongs to.</param>
/// <param name="Causation">The command that led to it; recorded without secrets.</param>
/// <param name="Tool">Name and version of the program.</param>
public sealed record Actor(string Correlation, string Causation, string User, string Machine, string Tool);

/// <summary>One event as it stands in the ledger. Its place in the stream is not its position in the ledger.</summary>
/// <param name="Version">Place in the stream, from 1.</param>
/// <param name="Data">One of the event records, brought to the newest version of its meaning.</param>
/// <param name="ClaimedAt">The writer's clock.</param>
public sealed record Recorded(
    Guid EventId, string Stream, long Version, string WireName, object Data, DateTimeOffset ClaimedAt, Actor Actor);

/// <summary>What an append came to.</summary>
/// <param name="Version">The version of the batch's last event; the next append expects the stream there.</param>
/// <param name="AlreadyThere">The same command had been appended before; nothing was written now.</param>
public sealed record AppendedBatch(string Stream, long Version, IReadOnlyList<Guid> EventIds, bool AlreadyThere);

/// <summary>Someone else appended to the stream first: whoever expected <paramref name="expected"/> no longer owns it. Exit code 3.</summary>
/// <param name="found">The stream's version now; 0 when there is no such stream.</param>
/// <param name="by">Who appended the event that came in between; null when the stream is shorter than expected.</param>
public sealed class Fenced(string stream, long expected, long found, Actor? by) : LedgerException(
    "fenced",
    3,
    $"{stream} is at version {found}, expected {expected}: "
        + (by is null
            ? "there are fewer events than this process has seen."
            : $"{by.User} on {by.Machine} ({by.Tool}, {by.Causation}) has appended since. Nothing was written; leave the stream to them."))
{
    public string Stream { get; } = stream;

    public long Expected { get; } = expected;

    public long Found { get; } = found;

    public Actor? By { get; } = by;
}
