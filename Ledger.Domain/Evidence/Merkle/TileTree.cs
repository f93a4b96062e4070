using System.Numerics;
using System.Runtime.InteropServices;

namespace Ledger.Domain.Evidence.Merkle;

/// <summary>
/// A row of 256 hashes of one level of the tree: as few and large pieces as a proof can be made of quickly (after c2sp.org/tlog-tiles).
/// It never changes while the log grows.
/// </summary>
/// <param name="Level">0: hashes of leaves; n: roots of tiles of level n − 1.</param>
/// <param name="Index">From 0, from the left.</param>
/// <param name="Root">Root over the 256 hashes.</param>
/// <param name="Hashes">Left to right, 32 bytes each.</param>
public sealed record Tile(int Level, long Index, ContentHash Root, byte[] Hashes)
{
    /// <summary>Hashes in a tile: 2 to the power <see cref="Height"/>.</summary>
    public const int Width = 256;

    /// <summary>Levels of the tree that a tile spans.</summary>
    public const int Height = 8;
}

/// <summary>
/// A growing tree that gives its tiles away as they become complete and keeps only those that are not: at most 255 hashes for each of
/// at most eight levels. Not for use by two threads.
/// </summary>
public sealed class TileTree
{
    private readonly List<List<ContentHash>> _pending;

    /// <param name="size">Leaves so far.</param>
    /// <param name="pending">For each level of tiles, from 0, the hashes after its last complete tile.</param>
    /// <exception cref="ArgumentException">The hashes are not as many as the size asks for.</exception>
    public TileTree(long size = 0, params IReadOnlyList<IReadOnlyList<ContentHash>> pending)
    {
        for (int level = 0; level < Math.Max(pending.Count, Levels(size)); level++)
        {
            if ((pending.ElementAtOrDefault(level)?.Count ?? 0) != Pending(size, level))
                throw new ArgumentException($"A tree of {size} leaves has {Pending(size, level)} hashes after the last complete tile of level {level}.", nameof(pending));
        }

        (Size, _pending) = (size, [.. pending.Select(hashes => hashes.ToList())]);
    }

    public long Size { get; private set; }

    /// <summary>Hashes of the leaves after the last complete tile.</summary>
    public IReadOnlyList<ContentHash> Tail => _pending.Count == 0 ? [] : _pending[0];

    /// <summary>Levels on which a tree of this size has hashes that no complete tile holds, or may have.</summary>
    public static int Levels(long size)
    {
        int levels = 0;
        for (; size > 0; size >>= Tile.Height)
            levels++;
        return levels;
    }

    /// <summary>How many hashes of a level stand after its last complete tile.</summary>
    public static int Pending(long size, int level) => (int)((size >> (Tile.Height * level)) % Tile.Width);

    /// <param name="leaf">A leaf's hash.</param>
    /// <param name="completed">Told of every tile that this leaf completes, from level 0 up.</param>
    public void Append(ContentHash leaf, Action<Tile> completed)
    {
        Add(leaf, 0, Size, completed);
        Size++;
    }

    /// <summary>The root of the tree of all leaves so far; <see cref="MerkleHash.Empty"/> without any.</summary>
    public ContentHash Root() => MerkleHash.Fold([.. Enumerable.Reverse(_pending).SelectMany(Covering)]);

    /// <summary>The root over hashes whose number is a power of two.</summary>
    public static ContentHash RootOf(ReadOnlySpan<ContentHash> hashes)
    {
        ContentHash[] nodes = hashes.ToArray();
        for (int count = nodes.Length; count > 1; count /= 2)
        {
            for (int i = 0; i < count / 2; i++)
                nodes[i] = MerkleHash.Node(nodes[2 * i], nodes[(2 * i) + 1]);
        }

        return nodes[0];
    }

    private void Add(ContentHash hash, int level, long index, Action<Tile> completed)
    {
        if (_pending.Count == level)
            _pending.Add([]);
        var pending = _pending[level];
        pending.Add(hash);
        if (pending.Count < Tile.Width)
            return;
        long tile = index / Tile.Width;
        var root = RootOf(CollectionsMarshal.AsSpan(pending));
        byte[] hashes = new byte[Tile.Width * 32];
        for (int i = 0; i < Tile.Width; i++)
            pending[i].Write(hashes.AsSpan(32 * i));
        pending.Clear();
        completed(new Tile(level, tile, root, hashes));
        Add(root, level + 1, tile, completed);
    }

    /// <summary>The fewest complete subtrees over the hashes after the last complete tile, which they begin.</summary>
    private static IEnumerable<ContentHash> Covering(List<ContentHash> hashes)
    {
        for (int start = 0, left = hashes.Count; left > 0;)
        {
            int length = 1 << BitOperations.Log2((uint)left);
            yield return RootOf(CollectionsMarshal.AsSpan(hashes).Slice(start, length));
            start += length;
            left -= length;
        }
    }
}
