using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Store;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>Holds the tiles of a tree against each other: each has the root of its hashes, and the tiles above have those roots. Leaves are <see cref="TreeAudit"/>'s.</summary>
internal static class TileAudit
{
    public static async Task<IReadOnlyList<Finding>> Of(NpgsqlConnection connection, string origin, long sealedSize, CancellationToken stop)
    {
        var findings = new List<Finding>();
        IReadOnlyList<ContentHash> below = [];
        for (int level = 0; level == 0 || below.Count >= Tile.Width; level++)
        {
            long expected = sealedSize >> (Tile.Height * (level + 1));
            below = await Level(connection, origin, level, expected, below, findings, stop);
        }

        return findings;
    }

    /// <returns>The tiles' roots.</returns>
    private static async Task<IReadOnlyList<ContentHash>> Level(
        NpgsqlConnection connection, string origin, int level, long expected, IReadOnlyList<ContentHash> below, List<Finding> findings, CancellationToken stop)
    {
        var roots = new List<ContentHash>();
        await using var command = new NpgsqlCommand("select index, root, hashes from ledger_log.tiles where origin = $1 and level = $2 order by index", connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = origin });
        command.Parameters.Add(new() { Value = (short)level });
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
        {
            long index = row.GetInt64(0);
            string subject = $"tile {index} of level {level}";
            if (row.GetFieldValue<byte[]>(1) is not { Length: 32 } digest || TileHashes.Of(row.GetFieldValue<byte[]>(2)) is not { Count: Tile.Width } hashes)
            {
                findings.Add(Finding.Broken("malformed-tile", subject, $"{Tile.Width} hashes and a root", "other lengths", Position(level, index)));
                return [];
            }

            var root = ContentHash.FromDigest(digest);
            if (index != roots.Count)
                findings.Add(Finding.Broken("missing-tile", subject, $"tile {roots.Count}", $"tile {index}"));
            if (TileTree.RootOf([.. hashes]) is var computed && computed != root)
                findings.Add(Finding.Broken("tile-root", subject, $"{computed}, the root of its hashes", $"{root}", Position(level, index)));
            if (level > 0 && !hashes.SequenceEqual(below.Skip((int)index * Tile.Width).Take(Tile.Width)))
                findings.Add(Finding.Broken("tile-hashes", subject, "the roots of the tiles below", "others", Position(level, index)));
            roots.Add(root);
        }

        if (roots.Count != expected)
            findings.Add(Finding.Broken("missing-tile", $"tiles of level {level}", $"{expected}, for what was sealed", $"{roots.Count}"));
        return roots;
    }

    /// <summary>The first position under a tile.</summary>
    private static long Position(int level, long index) => (index << (Tile.Height * (level + 1))) + 1;
}
