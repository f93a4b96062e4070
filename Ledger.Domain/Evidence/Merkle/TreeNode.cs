using System.Numerics;

namespace Ledger.Domain.Evidence.Merkle;

/// <summary>
/// The place of a complete subtree: the leaves from <c>Index·2^Level</c> up to, not with, <c>(Index + 1)·2^Level</c>.
/// Its hash depends on these leaves only and never changes while the log grows, so it can be stored under its place.
/// </summary>
/// <param name="Level">0 for a leaf, at most 62.</param>
/// <param name="Index">Counts the subtrees of the level from 0, from the left.</param>
public readonly record struct TreeNode(int Level, long Index)
{
    /// <summary>
    /// The fewest complete subtrees that hold exactly the leaves [from, to), left to right; they grow smaller.
    /// <paramref name="from"/> is the first leaf of a subtree of the tree, or 0.
    /// </summary>
    internal static IReadOnlyList<TreeNode> Covering(long from, long to)
    {
        var nodes = new List<TreeNode>();
        for (long start = from; start < to;)
        {
            int level = BitOperations.Log2((ulong)(to - start));
            nodes.Add(new TreeNode(level, start >> level));
            start += 1L << level;
        }
        return nodes;
    }

    /// <summary>
    /// Where the tree over the leaves [from, to), at least two, divides: the left part has the greatest power of two
    /// of leaves that leaves some for the right (RFC 9162 §2.1.1).
    /// </summary>
    internal static long Split(long from, long to) => from + (1L << BitOperations.Log2((ulong)(to - from - 1)));
}
