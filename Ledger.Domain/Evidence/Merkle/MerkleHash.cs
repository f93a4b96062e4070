using System.Buffers;
using System.Security.Cryptography;

namespace Ledger.Domain.Evidence.Merkle;

/// <summary>
/// The three hashes of a Merkle tree of RFC 6962 §2.1 and RFC 9162 §2.1.1, with SHA-256. Leaves and inner nodes have
/// different first bytes, so that no leaf can be passed off as a subtree.
/// </summary>
public static class MerkleHash
{
    private const byte LeafPrefix = 0, NodePrefix = 1;

    private const int OnTheStack = 1024;

    /// <summary>The root of the tree without leaves: SHA-256 of no bytes.</summary>
    public static ContentHash Empty { get; } = ContentHash.Of([]);

    /// <summary>SHA-256(0x00 ‖ entry): the leaf of these bytes.</summary>
    public static ContentHash Leaf(ReadOnlySpan<byte> entry)
    {
        int length = entry.Length + 1;
        byte[]? rented = length > OnTheStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> bytes = (rented ?? stackalloc byte[OnTheStack])[..length];
        bytes[0] = LeafPrefix;
        entry.CopyTo(bytes[1..]);
        ContentHash leaf = ContentHash.Of(bytes);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return leaf;
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right): the parent of two subtrees.</summary>
    public static ContentHash Node(ContentHash left, ContentHash right)
    {
        Span<byte> bytes = stackalloc byte[1 + 2 * SHA256.HashSizeInBytes];
        bytes[0] = NodePrefix;
        left.Write(bytes[1..]);
        right.Write(bytes[(1 + SHA256.HashSizeInBytes)..]);
        return ContentHash.Of(bytes);
    }

    /// <summary>
    /// The root of neighbouring complete subtrees, whose sizes fall from left to right: folded from the right.
    /// Without any it is <see cref="Empty"/>.
    /// </summary>
    internal static ContentHash Fold(IEnumerable<ContentHash> subtrees)
    {
        ContentHash? root = null;
        foreach (ContentHash left in subtrees.Reverse())
            root = root is { } right ? Node(left, right) : left;
        return root ?? Empty;
    }
}
