using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Runner.Data;

/// <summary>
/// A permutation of 0 … n−1 that anyone can compute again: Fisher-Yates from the end, where the j-th draw (j from 0) is the first
/// eight bytes, big endian, of SHA-256("ledger/permutation/1:seed:j"), taken modulo the number of places left. The bias of the
/// modulo is below n / 2^64.
/// </summary>
public static class Permutation
{
    public static int[] Of(int n, long seed)
    {
        var order = Enumerable.Range(0, n).ToArray();
        for (var last = n - 1; last > 0; last--)
        {
            var place = (int)(Draw(seed, n - 1 - last) % (ulong)(last + 1));
            (order[last], order[place]) = (order[place], order[last]);
        }

        return order;
    }

    private static ulong Draw(long seed, int index) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.ASCII.GetBytes($"ledger/permutation/1:{seed}:{index}")));
}
