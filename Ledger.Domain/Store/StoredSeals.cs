using Ledger.Domain.Evidence;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>A seal as the database holds it. What it says is to be believed only after its signature and root were checked.</summary>
/// <param name="Size">Events sealed; the note says the same, or somebody changed one of the two.</param>
/// <param name="Tail">Hashes of the leaves after the last complete tile.</param>
/// <param name="Note">The seal itself, a signed note.</param>
/// <param name="SealedAt">The server's clock; not signed.</param>
public sealed record StoredSeal(string Origin, long Size, string KeyId, ContentHash Root, IReadOnlyList<ContentHash> Tail, string Note, DateTime SealedAt);

/// <summary>Reads seals. Needs SELECT and nothing else.</summary>
public static class StoredSeals
{
    private const string Select = "select origin, size, key_id, root, tail, note, sealed_at from ledger_log.seals";

    /// <summary>In the order in which they were made.</summary>
    public static Task<IReadOnlyList<StoredSeal>> All(NpgsqlConnection connection, string origin, CancellationToken stop) =>
        Read(connection, $"{Select} where origin = $1 order by size, sealed_at", stop, origin);

    /// <summary>The seal made last; null when there is none.</summary>
    public static async Task<StoredSeal?> Latest(NpgsqlConnection connection, string origin, CancellationToken stop) =>
        await Read(connection, $"{Select} where origin = $1 order by size desc, sealed_at desc limit 1", stop, origin) is [var seal] ? seal : null;

    /// <summary>The smallest seal that covers a position; null when none does.</summary>
    public static async Task<StoredSeal?> Covering(NpgsqlConnection connection, string origin, long position, CancellationToken stop) =>
        await Read(connection, $"{Select} where origin = $1 and size >= $2 order by size, sealed_at limit 1", stop, origin, position) is [var seal] ? seal : null;

    private static async Task<IReadOnlyList<StoredSeal>> Read(NpgsqlConnection connection, string sql, CancellationToken stop, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        await using var row = await command.ExecuteReaderAsync(stop);
        var seals = new List<StoredSeal>();
        while (await row.ReadAsync(stop))
        {
            seals.Add(new StoredSeal(
                row.GetString(0), row.GetInt64(1), row.GetString(2), ContentHash.FromDigest(row.GetFieldValue<byte[]>(3)),
                TileHashes.Of(row.GetFieldValue<byte[]>(4)), row.GetString(5), row.GetDateTime(6)));
        }

        return seals;
    }
}
