using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Domain.Store;

/// <summary>Nodes of a log's tree, from its stored tiles and the tail of a seal. Reading needs SELECT and nothing else.</summary>
/// <param name="seal">A seal; nodes to the right of what it covers are unknown.</param>
public sealed class StoredTiles(NpgsqlConnection connection, StoredSeal seal)
{
    private readonly Dictionary<(int Level, long Index), IReadOnlyList<ContentHash>> _rows = [];

    /// <summary>The tree as it was sealed, ready to grow.</summary>
    public static async Task<TileTree> Tree(NpgsqlConnection connection, StoredSeal? seal, CancellationToken stop)
    {
        if (seal is null)
            return new TileTree();
        var tiles = new StoredTiles(connection, seal);
        var pending = new List<IReadOnlyList<ContentHash>>();
        for (int level = 0; level < TileTree.Levels(seal.Size); level++)
            pending.Add(await tiles.Last(level, stop));
        return new TileTree(seal.Size, pending);
    }

    /// <summary>Writes complete tiles of a log.</summary>
    /// <param name="table">With the columns of <c>ledger_log.tiles</c>.</param>
    public static async Task Write(NpgsqlConnection connection, string table, string origin, IReadOnlyList<Tile> tiles, CancellationToken stop)
    {
        if (tiles.Count == 0)
            return;
        await using var rows = await connection.BeginBinaryImportAsync($"copy {table} (origin, level, index, root, hashes) from stdin (format binary)", stop);
        foreach (var tile in tiles)
        {
            await rows.StartRowAsync(stop);
            await rows.WriteAsync(origin, NpgsqlDbType.Text, stop);
            await rows.WriteAsync((short)tile.Level, NpgsqlDbType.Smallint, stop);
            await rows.WriteAsync(tile.Index, NpgsqlDbType.Bigint, stop);
            await rows.WriteAsync(tile.Root.ToBytes(), NpgsqlDbType.Bytea, stop);
            await rows.WriteAsync(tile.Hashes, NpgsqlDbType.Bytea, stop);
        }

        await rows.CompleteAsync(stop);
    }

    /// <summary>Hashes of the nodes asked for: so many as a proof needs take a handful of reads.</summary>
    public async Task<Func<TreeNode, ContentHash>> Nodes(IEnumerable<TreeNode> nodes, CancellationToken stop)
    {
        foreach (var node in nodes)
            await Load(TileOf(node), stop);
        return node => TileTree.RootOf([.. Slice(node)]);
    }

    private IEnumerable<ContentHash> Slice(TreeNode node)
    {
        int rest = node.Level % Tile.Height;
        long first = node.Index << rest;
        return _rows[TileOf(node)].Skip((int)(first % Tile.Width)).Take(1 << rest);
    }

    private static (int Level, long Index) TileOf(TreeNode node) =>
        (node.Level / Tile.Height, (node.Index << (node.Level % Tile.Height)) / Tile.Width);

    private async Task Load((int Level, long Index) tile, CancellationToken stop)
    {
        if (!_rows.ContainsKey(tile))
            _rows[tile] = tile.Index < seal.Size >> (Tile.Height * (tile.Level + 1)) ? await Complete(tile, stop) : await Last(tile.Level, stop);
    }

    private async Task<IReadOnlyList<ContentHash>> Complete((int Level, long Index) tile, CancellationToken stop)
    {
        var rows = await Read("hashes", tile.Level, tile.Index, tile.Index + 1, stop);
        return rows.Count == 1 ? TileHashes.Of(rows[0]) : throw new MissingTile(seal.Origin, tile.Level, tile.Index);
    }

    /// <summary>The hashes after the last complete tile of a level.</summary>
    private async Task<IReadOnlyList<ContentHash>> Last(int level, CancellationToken stop)
    {
        if (level == 0)
            return seal.Tail;
        long end = seal.Size >> (Tile.Height * level), start = end - TileTree.Pending(seal.Size, level);
        var roots = await Read("root", level - 1, start, end, stop);
        return roots.Count == end - start
            ? [.. roots.Select(root => ContentHash.FromDigest(root))]
            : throw new MissingTile(seal.Origin, level - 1, start);
    }

    private async Task<List<byte[]>> Read(string column, int level, long from, long to, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            $"select {column} from ledger_log.tiles where origin = $1 and level = $2 and index >= $3 and index < $4 order by index", connection);
        command.Parameters.Add(new() { Value = seal.Origin });
        command.Parameters.Add(new() { Value = (short)level, NpgsqlDbType = NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        await using var row = await command.ExecuteReaderAsync(stop);
        var rows = new List<byte[]>();
        while (await row.ReadAsync(stop))
            rows.Add(row.GetFieldValue<byte[]>(0));
        return rows;
    }
}

/// <summary>A part of the tree that a seal rests on is not in the database.</summary>
public sealed class MissingTile(string origin, int level, long index) : CorruptEvidence(
    "missing-tile",
    $"The tree of ledger {origin} lacks tiles of level {level} from index {index} on. Nothing was written; 'ledger verify' says what else is broken.");
