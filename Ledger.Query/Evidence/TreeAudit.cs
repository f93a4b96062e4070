using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Store;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Query.Evidence;

/// <summary>
/// Computes a log's tree anew from its events, several chunks at a time and in constant memory, and holds each leaf against the one that was
/// sealed. What one event says of itself is looked at on the way.
/// </summary>
/// <param name="origin">Whose log.</param>
/// <param name="isOwn">An imported log may have been brought in part: where an event is not there, its leaf is taken from the tiles.</param>
/// <param name="latest">The latest seal stored, which holds the leaves after the last complete tile; null when there is none.</param>
internal sealed class TreeAudit(NpgsqlDataSource source, string origin, bool isOwn, StoredSeal? latest)
{
    /// <summary>Positions of a chunk: a whole number of tiles.</summary>
    public const int Chunk = 16 * Tile.Width;

    private readonly EntryReader _entries = new(origin, isOwn);

    /// <param name="head">Events of the log.</param>
    /// <param name="sizes">At which roots are wanted.</param>
    /// <param name="since">Events up to this position are not read; their leaves are those sealed.</param>
    /// <param name="wanted">Whether the events of a chunk, by its first position, are read; where not, its leaves are those sealed.</param>
    /// <param name="done">Told of events looked at.</param>
    public async Task<TreeFindings> Of(long head, IReadOnlySet<long> sizes, long since, Func<long, bool> wanted, Action<int> done, CancellationToken stop)
    {
        var tree = new MerkleFrontier();
        var roots = new Dictionary<long, ContentHash>();
        var findings = new List<Finding>();
        long read = 0;
        var underWay = new Queue<Task<ChunkAudit>>();
        for (long from = 0; from < head || underWay.Count > 0;)
        {
            for (; from < head && underWay.Count < 2 * Environment.ProcessorCount; from += Chunk)
                underWay.Enqueue(Start(from, Math.Min(head, from + Chunk), wanted(from + 1) ? since : head, stop));
            var chunk = await underWay.Dequeue();
            findings.AddRange(chunk.Findings);
            read += chunk.Read;
            done(chunk.Read);
            foreach (var leaf in chunk.Leaves)
            {
                if (leaf is not { } hash)
                    return new TreeFindings(roots, findings, read, tree.Size);
                tree.Append(hash);
                if (sizes.Contains(tree.Size))
                    roots[tree.Size] = tree.Root();
            }
        }

        return new TreeFindings(roots, findings, read, tree.Size);
    }

    private Task<ChunkAudit> Start(long from, long to, long since, CancellationToken stop) => Task.Run(() => Look(from, to, since, stop), stop);

    private async Task<ChunkAudit> Look(long from, long to, long since, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        var leaves = await Sealed(connection, from, to, stop);
        if (since >= to)
            return new ChunkAudit(leaves, [], 0);
        var findings = new List<Finding>();
        var hasher = new LeafHasher();
        int read = 0;
        await _entries.Each(connection, Math.Max(from, since), to, See, stop);
        return new ChunkAudit(leaves, findings, read);

        void See(PositionedEntry one)
        {
            var (position, entry) = one;
            read++;
            findings.AddRange(EntryAudit.Of(position, entry));
            ref var leaf = ref leaves[position - from - 1];
            var found = Leaf(hasher, position, entry, findings);
            if (leaf is { } expected && found is { } other && expected != other)
                findings.Add(Altered(position, entry, expected, other));
            leaf ??= found;
        }
    }

    private static ContentHash? Leaf(LeafHasher hasher, long position, Entry entry, List<Finding> findings)
    {
        try
        {
            return hasher.Leaf(entry);
        }
        catch (NotCanonical bad)
        {
            findings.Add(Finding.Broken("not-canonical", $"{entry.Stream} version {entry.Version}, {bad.Path}", bad.Expected, bad.Found, position, entry.EventId));
            return null;
        }
    }

    private static Finding Altered(long position, Entry entry, ContentHash expected, ContentHash found) => Finding.Broken(
        "altered-event", $"{entry.Stream} version {entry.Version}, {entry.Type}", $"leaf {expected}, which was sealed", $"leaf {found}", position, entry.EventId);

    /// <summary>Leaves of the positions (from, to] as tiles and the latest seal have them; null where they have none.</summary>
    private async Task<ContentHash?[]> Sealed(NpgsqlConnection connection, long from, long to, CancellationToken stop)
    {
        var leaves = new ContentHash?[to - from];
        await using var command = new NpgsqlCommand("select index, hashes from ledger_log.tiles where origin = $1 and level = 0 and index >= $2 and index < $3", connection);
        command.Parameters.Add(new() { Value = origin });
        command.Parameters.Add(new() { Value = from / Tile.Width, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = (to + Tile.Width - 1) / Tile.Width, NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
            Put(row.GetInt64(0) * Tile.Width, TileHashes.Of(row.GetFieldValue<byte[]>(1)));
        if (latest is not null)
            Put(latest.Size - latest.Tail.Count, latest.Tail);
        return leaves;

        void Put(long first, IReadOnlyList<ContentHash> hashes)
        {
            for (int i = 0; i < hashes.Count; i++)
            {
                if (first + i >= from && first + i < to)
                    leaves[first + i - from] = hashes[i];
            }
        }
    }

    private sealed record ChunkAudit(ContentHash?[] Leaves, IReadOnlyList<Finding> Findings, int Read);
}

/// <summary>What came of computing a tree.</summary>
/// <param name="Roots">At the sizes asked for, as far as there are leaves.</param>
/// <param name="Read">Events looked at.</param>
/// <param name="Size">Leaves of the tree.</param>
internal sealed record TreeFindings(IReadOnlyDictionary<long, ContentHash> Roots, IReadOnlyList<Finding> Findings, long Read, long Size);
