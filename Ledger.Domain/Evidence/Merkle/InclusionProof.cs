namespace Ledger.Domain.Evidence.Merkle;

/// <summary>
/// That a leaf stands at an index of a tree, shown by the hashes beside the way from the leaf to the root
/// (RFC 9162 §2.1.3). It says nothing of who vouches for the root.
/// </summary>
public static class InclusionProof
{
    /// <summary>
    /// What a proof is made of: for each element of the path, from the leaf up, the complete subtrees whose hashes fold,
    /// from the right, into it.
    /// </summary>
    /// <param name="index">The leaf's index, from 0, below <paramref name="size"/>.</param>
    /// <param name="size">How many leaves the tree has.</param>
    public static IReadOnlyList<IReadOnlyList<TreeNode>> Needed(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<IReadOnlyList<TreeNode>>();
        for (long from = 0, to = size; to - from > 1;)
        {
            long middle = TreeNode.Split(from, to);
            bool left = index < middle;
            path.Add(left ? TreeNode.Covering(middle, to) : TreeNode.Covering(from, middle));
            (from, to) = left ? (from, middle) : (middle, to);
        }
        path.Reverse();
        return path;
    }

    /// <summary>The path that proves the leaf at <paramref name="index"/>.</summary>
    /// <param name="index">The leaf's index, from 0, below <paramref name="size"/>.</param>
    /// <param name="size">How many leaves the tree has; the log may have grown since.</param>
    /// <param name="node">The hash of a complete subtree.</param>
    public static IReadOnlyList<ContentHash> Of(long index, long size, Func<TreeNode, ContentHash> node) =>
        [.. Needed(index, size).Select(nodes => MerkleHash.Fold(nodes.Select(node)))];

    /// <summary>
    /// What is wrong with a proof, in a sentence; null where the path proves that <paramref name="leaf"/> stands at
    /// <paramref name="index"/> of the tree with this size and root (RFC 9162 §2.1.3.2). Any value of any argument is
    /// answered. Size and root must come from one tree head: other sizes have paths of the same shape.
    /// </summary>
    public static string? Fault(ContentHash leaf, long index, long size, IReadOnlyList<ContentHash> path, ContentHash root)
    {
        if (index < 0 || index >= size)
            return $"there is no leaf {index} in a tree of {size} leaves";
        int expected = Needed(index, size).Count;
        if (path.Count != expected)
            return $"the path of leaf {index} in a tree of {size} leaves has {path.Count} elements, expected {expected}";
        ContentHash found = Root(leaf, index, size, path);
        return found == root ? null : $"the path leads to the root {found}, expected {root}";
    }

    /// <summary>Steps 2 to 4 of §2.1.3.2; a path of the right length uses up <c>last</c> exactly.</summary>
    private static ContentHash Root(ContentHash leaf, long index, long size, IReadOnlyList<ContentHash> path)
    {
        long at = index, last = size - 1;
        ContentHash root = leaf;
        foreach (ContentHash element in path)
        {
            bool right = long.IsOddInteger(at) || at == last;
            root = right ? MerkleHash.Node(element, root) : MerkleHash.Node(root, element);
            // A last node without a sibling is its own parent: up to where it has one.
            for (; right && long.IsEvenInteger(at) && at != 0; at >>= 1)
                last >>= 1;
            at >>= 1;
            last >>= 1;
        }
        return root;
    }
}
