using System.Numerics;

namespace Ledger.Domain.Evidence.Merkle;

/// <summary>
/// A growing Merkle tree without its inside: the roots of the complete subtrees that cover its leaves, at most 63.
/// It is enough to append leaves and to tell the root, not to prove anything; for proofs the nodes that
/// <see cref="Append"/> reports have to be stored. Not for use by two threads.
/// </summary>
public sealed class MerkleFrontier
{
    private readonly List<ContentHash> _nodes = [];

    /// <summary>How many leaves were appended.</summary>
    public long Size { get; private set; }

    /// <summary>The subtrees' roots as they are now, at the places <see cref="Cover"/> gives for <see cref="Size"/>.</summary>
    public IReadOnlyList<ContentHash> Nodes => [.. _nodes];

    /// <summary>Goes on from a tree of <paramref name="size"/> leaves. It cannot tell whether the nodes are that tree's.</summary>
    /// <param name="size">How many leaves the tree has.</param>
    /// <param name="nodes">The hashes at the places of <see cref="Cover"/>, in its order.</param>
    /// <exception cref="ArgumentException">There are more or fewer nodes than places.</exception>
    public static MerkleFrontier From(long size, IReadOnlyList<ContentHash> nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (nodes.Count != BitOperations.PopCount((ulong)size))
            throw new ArgumentException(
                $"A tree of {size} leaves has {BitOperations.PopCount((ulong)size)} complete subtrees, not {nodes.Count}.", nameof(nodes));
        var frontier = new MerkleFrontier { Size = size };
        frontier._nodes.AddRange(nodes);
        return frontier;
    }

    /// <summary>The places of the complete subtrees that cover a tree of this size, left to right.</summary>
    public static IReadOnlyList<TreeNode> Cover(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return TreeNode.Covering(0, size);
    }

    /// <summary>Adds one leaf at index <see cref="Size"/>.</summary>
    /// <param name="leaf">A leaf's hash, from <see cref="MerkleHash.Leaf"/>; not the hash of an entry.</param>
    /// <param name="completed">
    /// Told of every inner node that this leaf completes, from level 1 up. If it throws, the leaf is not appended.
    /// </param>
    public void Append(ContentHash leaf, Action<TreeNode, ContentHash>? completed = null)
    {
        long size = checked(Size + 1);
        ContentHash node = leaf;
        int merged = BitOperations.TrailingZeroCount(size);
        for (int level = 1; level <= merged; level++)
        {
            node = MerkleHash.Node(_nodes[^level], node);
            completed?.Invoke(new TreeNode(level, Size >> level), node);
        }
        _nodes.RemoveRange(_nodes.Count - merged, merged);
        _nodes.Add(node);
        Size = size;
    }

    /// <summary>The root of the tree of all leaves appended so far; <see cref="MerkleHash.Empty"/> without any.</summary>
    public ContentHash Root() => MerkleHash.Fold(_nodes);
}
