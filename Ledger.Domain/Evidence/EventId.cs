using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Ledger.Domain.Evidence;

/// <summary>
/// The id of an event, derived and never drawn: the same command, sent again after an unknown commit, gives the same
/// ids, and the unique index on them refuses the second copy.
/// </summary>
public static class EventId
{
    private static readonly Guid Namespace = new("1d325070-dc3d-491b-8a94-38b49999c443");

    /// <summary>
    /// UUIDv5 of the canonical JSON <c>[stream, commandId, ordinal]</c> in this project's namespace.
    /// <paramref name="ordinal"/> is the event's place, from 0, among those the command appended to the stream.
    /// </summary>
    public static Guid Of(string stream, string commandId, int ordinal)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentException.ThrowIfNullOrEmpty(commandId);
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        return Version5(Namespace, CanonicalJson.Bytes<object[]>([stream, commandId, ordinal]));
    }

    /// <summary>RFC 9562 section 5.5.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "UUIDv5 is defined over SHA-1; nothing here rests on its collision resistance.")]
    internal static Guid Version5(Guid space, ReadOnlySpan<byte> name)
    {
        byte[] digest = SHA1.HashData([.. space.ToByteArray(bigEndian: true), .. name]);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x50);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest.AsSpan(0, 16), bigEndian: true);
    }
}
