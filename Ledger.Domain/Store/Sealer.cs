using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>
/// Hashes what has a position into the ledger's tree and signs the tree's head. It works beside the appending, in batches, and under
/// a lock, so that any number of processes may seal one ledger: each goes on from the seal before. Only what is durable is signed.
/// </summary>
/// <param name="origin">ULID of the ledger.</param>
/// <param name="keys">Keys that the ledger's own stream has introduced; all of them sign, the first names the seal.</param>
public sealed class Sealer(LedgerStore store, string origin, params IReadOnlyList<SigningKey> keys)
{
    /// <summary>Most events of one seal; so much is in memory at once.</summary>
    public const int Batch = 16_384;

    private const long Lock = 7821463905143;

    private readonly EntryReader _entries = new(origin, isOwn: true);

    /// <summary>Gives positions to what is committed and seals up to there.</summary>
    /// <returns>The latest seal, made now or, when there was nothing new, before.</returns>
    public async Task<Seal> CatchUp(CancellationToken stop)
    {
        // In a transaction of its own: what is signed must not go away again.
        long head = await store.Advance(stop);
        while (true)
        {
            var seal = await Faults.Persist("sealing", _ => Next(head, stop), stop);
            if (seal.Head.Size >= head)
                return seal;
        }
    }

    private async Task<Seal> Next(long head, CancellationToken stop)
    {
        await using var connection = await store.Source.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Execute(connection, $"select pg_advisory_xact_lock({Lock})", stop);
        var latest = await StoredSeals.Latest(connection, origin, stop);
        if (latest is not null && latest.Size >= head && latest.KeyId == keys[0].Verifier.Id)
            return Seal.Parse(latest.Note);
        var tree = await StoredTiles.Tree(connection, latest, stop);
        if (latest is not null && Seal.Parse(latest.Note).Head is var last && (last.Size, last.Root) != (tree.Size, tree.Root()))
            throw new UnsoundTree(origin, last, tree.Root());
        await StoredTiles.Write(connection, "ledger_log.tiles", origin, await Grow(connection, tree, Math.Min(head, tree.Size + Batch), stop), stop);
        var seal = Seal.Sign(new TreeHead($"ledger/{origin}", tree.Size, tree.Root()), keys);
        await WriteSeal(connection, seal, tree, stop);
        await transaction.CommitAsync(stop);
        return seal;
    }

    private async Task<List<Tile>> Grow(NpgsqlConnection connection, TileTree tree, long to, CancellationToken stop)
    {
        var tiles = new List<Tile>();
        var hasher = new LeafHasher();
        await _entries.Each(connection, tree.Size, to, Append, stop);
        return tree.Size >= to ? tiles : throw new MissingEntry(origin, tree.Size + 1);

        void Append(PositionedEntry one)
        {
            if (one.Position != tree.Size + 1)
                throw new MissingEntry(origin, tree.Size + 1);
            tree.Append(hasher.Leaf(one.Entry), tiles.Add);
        }
    }

    private Task WriteSeal(NpgsqlConnection connection, Seal seal, TileTree tree, CancellationToken stop) => Execute(
        connection,
        "insert into ledger_log.seals (origin, size, key_id, root, tail, note) values ($1, $2, $3, $4, $5, $6)",
        stop,
        origin, seal.Head.Size, keys[0].Verifier.Id, seal.Head.Root.ToBytes(), TileHashes.Bytes(tree.Tail), seal.Text);

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken stop, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(stop);
    }
}

/// <summary>A position has no event any more.</summary>
public sealed class MissingEntry(string origin, long position) : CorruptEvidence(
    "missing-entry",
    $"Position {position} of ledger {origin} has no event any more, and nothing after it can be sealed. Nothing was written; 'ledger verify' says what else is broken.");

/// <summary>The stored tree is not the one that was sealed last; it will not be signed.</summary>
public sealed class UnsoundTree(string origin, TreeHead sealedHead, ContentHash found) : CorruptEvidence(
    "unsound-tree",
    $"The tree of ledger {origin} has root {found.Short}… at size {sealedHead.Size}, where {sealedHead.Root.Short}… was sealed. Nothing was written; 'ledger verify' says what was changed.");
