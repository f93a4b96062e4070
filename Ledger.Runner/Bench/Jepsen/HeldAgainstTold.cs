using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Store;
using Ledger.Runner.Bench.Kills;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>Holds a ledger at rest against what clients were told.</summary>
internal static class HeldAgainstTold
{
    /// <summary>What does not hold; none: all of it does.</summary>
    public static async Task<IReadOnlyList<string>> Violations(LedgerStore store, Told told, CancellationToken stop) =>
    [
        .. await Events(store, told, stop),
        .. await LedgerProof.Streams(store, stop),
        .. await Seals(store, told, stop),
        .. await Tombstone(store, stop) ? ["a save that failed left a tombstone"] : Array.Empty<string>(),
    ];

    private static async Task<IReadOnlyList<string>> Events(LedgerStore store, Told told, CancellationToken stop)
    {
        var there = new Dictionary<Guid, Acknowledged>();
        await using var command = store.Source.CreateCommand("select id, stream_id, version, data::text from ledger.mt_events where stream_id like 'run/%' or stream_id like 'review/%'");
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
            there.Add(row.GetGuid(0), new(row.GetGuid(0), row.GetString(1), row.GetInt64(2), CanonicalJson.OfText(System.Text.Encoding.UTF8.GetBytes(row.GetString(3)))));
        var violations = new List<string>();
        foreach (var acknowledged in told.Events)
        {
            if (!there.Remove(acknowledged.Id, out var found))
                violations.Add($"{acknowledged.Stream} version {acknowledged.Version}: acknowledged and not there, or acknowledged twice");
            else if ((found.Stream, found.Version) != (acknowledged.Stream, acknowledged.Version) || !found.Data.AsSpan().SequenceEqual(acknowledged.Data))
                violations.Add($"{acknowledged.Stream} version {acknowledged.Version}: another event is there than was acknowledged ({found.Stream} version {found.Version})");
        }

        // Every command was given until it was answered.
        violations.AddRange(there.Values.Select(stray => $"{stray.Stream} version {stray.Version}: there, and nobody was told so"));
        return violations;
    }

    private static async Task<bool> Tombstone(LedgerStore store, CancellationToken stop)
    {
        await using var command = store.Source.CreateCommand($"select exists (select from ledger.mt_streams where id = '{Tombstones.Stream}')");
        return (bool)(await command.ExecuteScalarAsync(stop))!;
    }

    /// <summary>The tree computed anew from the events there are now has, at the size of each seal handed out, the root that was signed.</summary>
    private static async Task<IReadOnlyList<string>> Seals(LedgerStore store, Told told, CancellationToken stop)
    {
        var (seals, violations) = (told.Seals, new List<string>());
        var origin = seals[0].Head.Origin["ledger/".Length..];
        await using var connection = await store.Source.OpenConnectionAsync(stop);
        var entries = await new EntryReader(origin, isOwn: true).Read(connection, 0, long.MaxValue, stop);
        var stored = (await StoredSeals.All(connection, origin, stop)).Select(seal => seal.Note).ToHashSet(StringComparer.Ordinal);
        var (tree, hasher) = (new MerkleFrontier(), new LeafHasher());
        foreach (var seal in seals)
        {
            while (tree.Size < seal.Head.Size && tree.Size < entries.Count)
                tree.Append(hasher.Leaf(entries[(int)tree.Size].Entry));
            if ((tree.Size, tree.Root()) != (seal.Head.Size, seal.Head.Root))
                violations.Add($"the seal of {seal.Head.Size} events was handed out with root {seal.Head.Root.Short}, and they have root {tree.Root().Short} at size {tree.Size}");
            if (!stored.Contains(seal.Text))
                violations.Add($"the seal of {seal.Head.Size} events was handed out and is not in the database");
        }

        return violations;
    }
}
