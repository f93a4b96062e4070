using Ledger.Domain.Evidence;

namespace Ledger.Domain.Store;

/// <summary>Hashes as a column holds them: 32 bytes each, one after the other.</summary>
public static class TileHashes
{
    public static IReadOnlyList<ContentHash> Of(byte[] bytes) =>
        [.. Enumerable.Range(0, bytes.Length / 32).Select(i => ContentHash.FromDigest(bytes.AsSpan(32 * i, 32)))];

    public static byte[] Bytes(IReadOnlyList<ContentHash> hashes) => [.. hashes.SelectMany(hash => hash.ToBytes())];
}
