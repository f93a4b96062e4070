using JasperFx.Events;
using Ledger.Domain.Evidence;
using Marten;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>
/// The ledger's events in Postgres. Appends always say which version of the stream they follow: that is the fence
/// between an owner and a former one. It never changes or removes anything and never touches the schema
/// (<see cref="Migrate"/> does). Safe to use from several threads.
/// </summary>
public sealed class LedgerStore : IAsyncDisposable
{
    private const string Machine = "machine";
    private const string Tool = "tool";

    // Setting Marten up takes longer than most reading verbs, which never need it.
    private readonly Lazy<DocumentStore> marten;

    private LedgerStore(NpgsqlDataSource source, TimeProvider time) =>
        (Source, Time, marten) = (source, time, new Lazy<DocumentStore>(() => new DocumentStore(MartenOptions.For(source, time))));

    /// <summary>For plain SQL reads.</summary>
    public NpgsqlDataSource Source { get; }

    internal TimeProvider Time { get; }

    internal DocumentStore Marten => marten.Value;

    /// <summary>Does not connect yet.</summary>
    /// <param name="time">Clock of the claimed times.</param>
    public static LedgerStore Open(string connectionString, TimeProvider time)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.ApplicationName ??= "ledger";
        return new LedgerStore(builder.Build(), time);
    }

    /// <summary>
    /// Appends the events of one command after version <paramref name="expectedVersion"/> of the stream, or not at all.
    /// Calling again with the same command id is harmless and says <see cref="AppendedBatch.AlreadyThere"/>.
    /// </summary>
    /// <param name="expectedVersion">Version before the append; 0 starts the stream.</param>
    /// <exception cref="Fenced">The stream is at another version.</exception>
    /// <exception cref="Refused">An event is too large, or the command id was used for other events.</exception>
    /// <exception cref="NotCanonical">A value that JSON or jsonb would refuse or change.</exception>
    /// <exception cref="Unavailable">Postgres is gone; whether the events are there is settled by calling again.</exception>
    public Task<AppendedBatch> Append(
        string stream, long expectedVersion, string commandId, IReadOnlyList<object> events, Actor actor, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        return Append(Batch.Of(stream, expectedVersion, commandId, events), actor, stop);
    }

    /// <summary>The same for a stream with several writers: waits for its turn and follows whatever is there.</summary>
    public Task<AppendedBatch> AppendShared(
        string stream, string commandId, IReadOnlyList<object> events, Actor actor, CancellationToken stop) =>
        Append(Batch.Of(stream, null, commandId, events), actor, stop);

    /// <summary>The stream's events in order; none when there is no such stream.</summary>
    /// <param name="fromVersion">The first version wanted.</param>
    public Task<IReadOnlyList<Recorded>> Read(string stream, long fromVersion = 0, CancellationToken stop = default) =>
        Faults.Persist<IReadOnlyList<Recorded>>(
            $"reading {stream}",
            async _ =>
            {
                await using var session = Marten.LightweightSession();
                return [.. (await session.Events.FetchStreamAsync(stream, fromVersion: fromVersion, token: stop)).Select(Record)];
            },
            stop);

    /// <summary>Gives positions to the events committed since the last call, and tells listeners on channel <c>ledger</c>.</summary>
    /// <returns>The highest position, which is the number of events in order; 0 for an empty ledger.</returns>
    public Task<long> Advance(CancellationToken stop) =>
        Faults.Persist(
            "giving positions",
            async _ =>
            {
                await using var command = Source.CreateCommand("select ledger_log.advance()");
                return (long)(await command.ExecuteScalarAsync(stop))!;
            },
            stop);

    public async ValueTask DisposeAsync()
    {
        if (marten.IsValueCreated)
            await Marten.DisposeAsync();
        await Source.DisposeAsync();
    }

    private async Task<AppendedBatch> Append(Batch batch, Actor actor, CancellationToken stop)
    {
        if (batch.Events.Count == 0)
            return new AppendedBatch(batch.Stream, batch.Expected ?? 0, [], AlreadyThere: false);
        return await Faults.Persist(
            $"appending to {batch.Stream}",
            async attempt =>
            {
                if (attempt == 0 && batch.Expected is { } expected)
                    return await Save(batch, expected, actor, stop);
                var found = await Settlement.Read(Source, batch, stop);
                return found.Settle(batch) ?? await Save(batch, found.Version, actor, stop);
            },
            stop);
    }

    private async Task<AppendedBatch> Save(Batch batch, long version, Actor actor, CancellationToken stop)
    {
        await using var session = Marten.LightweightSession();
        session.CorrelationId = actor.Correlation;
        session.CausationId = Redaction.Redacted(actor.Causation);
        session.LastModifiedBy = actor.User;
        session.SetHeader(Machine, actor.Machine);
        session.SetHeader(Tool, actor.Tool);
        IEvent last = await batch.Enlist(session, version, stop);
        await session.SaveChangesAsync(stop);
        return new AppendedBatch(batch.Stream, last.Version, batch.Ids, AlreadyThere: false);
    }

    private static Recorded Record(IEvent e) => new(
        e.Id,
        e.StreamKey!,
        e.Version,
        e.EventTypeName,
        e.Data,
        e.Timestamp,
        new Actor(Text(e.CorrelationId), Text(e.CausationId), Text(e.UserName), Text(e.GetHeader(Machine)), Text(e.GetHeader(Tool))));

    private static string Text(object? value) => value?.ToString() ?? Settlement.Unknown;
}
