using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>An event that a client was told is in the ledger.</summary>
/// <param name="Data">Canonical bytes of what was sent.</param>
internal sealed record Acknowledged(Guid Id, string Stream, long Version, byte[] Data);

/// <summary>Every answer that clients got from the ledger, and what they came upon. Safe to use from several threads.</summary>
internal sealed class Told : IDisposable
{
    private readonly ConcurrentQueue<Acknowledged> acknowledged = [];
    private readonly ConcurrentDictionary<string, Seal> seals = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> violations = [];
    private readonly MeterListener retried = new();
    private long retries;
    private int appends, lostAnswers, givenAgain, verifications, interrupted, notes, kills, crashes;

    public Told()
    {
        retried.SetMeasurementEventCallback<long>((_, tries, _, _) => Interlocked.Add(ref retries, tries));
        retried.EnableMeasurementEvents(Faults.Retries);
        retried.Start();
    }

    public IReadOnlyCollection<Acknowledged> Events => acknowledged;

    public int Appends => appends;

    /// <summary>Each seal once, by size.</summary>
    public IReadOnlyList<Seal> Seals => [.. seals.Values.OrderBy(seal => seal.Head.Size)];

    public IReadOnlyCollection<string> Violations => violations;

    public int Kills => kills;

    public int Crashes => crashes;

    public int Verifications => verifications;

    public void Acknowledge(AppendedBatch batch, IReadOnlyList<object> events)
    {
        Interlocked.Increment(ref appends);
        if (batch.AlreadyThere)
            Interlocked.Increment(ref lostAnswers);
        for (int i = 0; i < events.Count; i++)
            acknowledged.Enqueue(new Acknowledged(batch.EventIds[i], batch.Stream, batch.Version - events.Count + 1 + i, CanonicalJson.Bytes(events[i], events[i].GetType())));
    }

    public void Sealed(Seal seal) => seals.TryAdd(seal.Text, seal);

    public void Violation(string what) => violations.Enqueue(what);

    /// <summary>A command was given once more, because Postgres had not come back in time.</summary>
    public void GivenAgain() => Interlocked.Increment(ref givenAgain);

    public void Verified(int findings)
    {
        Interlocked.Increment(ref verifications);
        Interlocked.Add(ref notes, findings);
    }

    /// <summary>A verification lost its connection.</summary>
    public void Interrupted() => Interlocked.Increment(ref interrupted);

    public void Killed(bool crash)
    {
        Interlocked.Increment(ref kills);
        if (crash)
            Interlocked.Increment(ref crashes);
    }

    /// <summary>Files of the seals handed out so far, by size.</summary>
    public IReadOnlyList<string> SealFiles(string artifactFolder)
    {
        var all = Seals;
        var there = all.Count == 0 ? [] : new SealFolder(artifactFolder).Files(all[0].Head.Origin["ledger/".Length..]).ToHashSet(StringComparer.Ordinal);
        return [.. all.Select(seal => SealFolder.NameOf(seal)).SelectMany(name => there.Where(file => Path.GetFileName(file) == name))];
    }

    public void Dispose() => retried.Dispose();

    public override string ToString() =>
        $"{appends} appends acknowledged with {acknowledged.Count} events ({lostAnswers} after their first answer was lost), {retries} tries again, {givenAgain} commands given again, {seals.Count} seals, "
        + $"{verifications} verifications ({interrupted} interrupted) with {notes} findings that are no fault";
}
