using System.Security.Cryptography;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;

namespace Ledger.Tests.Evidence.Merkle;

/// <summary>The definitions of RFC 9162 §2.1 word for word: recursive, over all leaves, sharing nothing with what is tested.</summary>
internal sealed class NaiveTree
{
    private readonly List<byte[]> _entries;

    public NaiveTree(long size, string salt = "") =>
        _entries = [.. Enumerable.Range(0, checked((int)size)).Select(i => System.Text.Encoding.UTF8.GetBytes($"{salt}{i}"))];

    public NaiveTree(IEnumerable<byte[]> entries) => _entries = [.. entries];

    public int Size => _entries.Count;

    public ContentHash Leaf(long index) => Hash([0, .. _entries[(int)index]]);

    public IEnumerable<ContentHash> Leaves => Enumerable.Range(0, Size).Select(i => Leaf(i));

    public ContentHash Root(long size) => Mth(0, (int)size);

    public List<ContentHash> Inclusion(long index, long size) => Path((int)index, 0, (int)size);

    public List<ContentHash> Consistency(long first, long second) => SubProof((int)first, 0, (int)second, true);

    /// <summary>The hash of a complete subtree, for the prover.</summary>
    public ContentHash Node(TreeNode node) => Mth((int)(node.Index << node.Level), 1 << node.Level);

    private ContentHash Mth(int start, int count) =>
        count == 0 ? Hash([])
        : count == 1 ? Leaf(start)
        : Hash([1, .. Mth(start, Half(count)).ToBytes(), .. Mth(start + Half(count), count - Half(count)).ToBytes()]);

    private List<ContentHash> Path(int m, int start, int count)
    {
        if (count == 1)
            return [];
        int k = Half(count);
        return m < k
            ? [.. Path(m, start, k), Mth(start + k, count - k)]
            : [.. Path(m - k, start + k, count - k), Mth(start, k)];
    }

    private List<ContentHash> SubProof(int m, int start, int count, bool whole)
    {
        if (m == count)
            return whole ? [] : [Mth(start, count)];
        int k = Half(count);
        return m <= k
            ? [.. SubProof(m, start, k, whole), Mth(start + k, count - k)]
            : [.. SubProof(m - k, start + k, count - k, false), Mth(start, k)];
    }

    /// <summary>The largest power of two smaller than the count.</summary>
    private static int Half(int count)
    {
        int k = 1;
        while (k * 2 < count)
            k *= 2;
        return k;
    }

    private static ContentHash Hash(byte[] bytes) => ContentHash.FromDigest(SHA256.HashData(bytes));
}
