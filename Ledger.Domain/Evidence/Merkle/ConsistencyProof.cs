using System.Numerics;

namespace Ledger.Domain.Evidence.Merkle;

/// <summary>
/// That a tree only grew: the leaves of the first are the first leaves of the second, in the same order
/// (RFC 9162 §2.1.4). Every tree is consistent with the empty one and with itself, by an empty path.
/// </summary>
public static class ConsistencyProof
{
    /// <summary>
    /// What a proof is made of: for each element of the path, the complete subtrees whose hashes fold, from the right,
    /// into it.
    /// </summary>
    /// <param name="first">Leaves of the earlier tree, from 0 to <paramref name="second"/>.</param>
    /// <param name="second">Leaves of the later tree.</param>
    public static IReadOnlyList<IReadOnlyList<TreeNode>> Needed(long first, long second)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        if (first == 0)
            return [];
        var path = new List<IReadOnlyList<TreeNode>>();
        long from = 0, to = second;
        while (to != first)
        {
            long middle = TreeNode.Split(from, to);
            bool left = first <= middle;
            path.Add(left ? TreeNode.Covering(middle, to) : TreeNode.Covering(from, middle));
            (from, to) = left ? (from, middle) : (middle, to);
        }
        // The whole first tree is not named: who checks the proof has its root.
        if (from > 0)
            path.Add(TreeNode.Covering(from, to));
        path.Reverse();
        return path;
    }

    /// <summary>The path that proves the tree of <paramref name="first"/> leaves to be the beginning of the other.</summary>
    /// <param name="first">Leaves of the earlier tree, from 0 to <paramref name="second"/>.</param>
    /// <param name="second">Leaves of the later tree.</param>
    /// <param name="node">The hash of a complete subtree of the later tree.</param>
    public static IReadOnlyList<ContentHash> Of(long first, long second, Func<TreeNode, ContentHash> node) =>
        [.. Needed(first, second).Select(nodes => MerkleHash.Fold(nodes.Select(node)))];

    /// <summary>
    /// What is wrong with a proof, in a sentence; null where the path proves that the first tree is the beginning of the
    /// second (RFC 9162 §2.1.4.2; for a first tree without leaves nothing is to prove, but its root must be that of no
    /// leaves). Any value of any argument is answered. Each size and root must come from one tree head, as other sizes have
    /// paths of the same shape.
    /// </summary>
    public static string? Fault(long first, long second, ContentHash firstRoot, ContentHash secondRoot, IReadOnlyList<ContentHash> path)
    {
        if (first < 0 || second < first)
            return $"a tree of {first} leaves is not the beginning of one of {second} leaves";
        int expected = Needed(first, second).Count;
        if (path.Count != expected)
            return $"the path from {first} to {second} leaves has {path.Count} elements, expected {expected}";
        if (first == 0 && firstRoot != MerkleHash.Empty)
            return $"a tree without leaves has the root {firstRoot}, expected {MerkleHash.Empty}";
        if (first == second)
            return firstRoot == secondRoot ? null : $"two trees of {first} leaves have the roots {firstRoot} and {secondRoot}, expected one";
        return first == 0 ? null : Fault(firstRoot, secondRoot, Roots(first, second, firstRoot, path));
    }

    private static string? Fault(ContentHash firstRoot, ContentHash secondRoot, (ContentHash First, ContentHash Second) found) =>
        found.First != firstRoot ? $"the path leads to the first root {found.First}, expected {firstRoot}"
        : found.Second != secondRoot ? $"the path leads to the second root {found.Second}, expected {secondRoot}"
        : null;

    /// <summary>Steps 2 to 6 of §2.1.4.2; a path of the right length uses up <c>last</c> exactly.</summary>
    private static (ContentHash First, ContentHash Second) Roots(long first, long second, ContentHash firstRoot, IReadOnlyList<ContentHash> path)
    {
        int whole = BitOperations.TrailingZeroCount(first);
        long at = (first - 1) >> whole, last = (second - 1) >> whole;
        bool known = BitOperations.IsPow2(first);
        ContentHash one = known ? firstRoot : path[0], two = one;
        foreach (ContentHash element in path.Skip(known ? 0 : 1))
        {
            bool right = long.IsOddInteger(at) || at == last;
            one = right ? MerkleHash.Node(element, one) : one;
            two = right ? MerkleHash.Node(element, two) : MerkleHash.Node(two, element);
            for (; right && long.IsEvenInteger(at) && at != 0; at >>= 1)
                last >>= 1;
            at >>= 1;
            last >>= 1;
        }
        return (one, two);
    }
}
