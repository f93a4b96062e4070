using System.Buffers.Binary;
using System.Collections.Concurrent;
using Npgsql;

namespace Ledger.Runner.Runs;

/// <summary>
/// Two runs never compute the same step at the same time: within this process by a semaphore, between processes by a
/// session's advisory lock, which Postgres drops when its holder dies. A courtesy, not a fence: what guards a stream is its version.
/// </summary>
public sealed class KeyLocks(NpgsqlDataSource source)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> local = new();

    /// <summary>Waits until nobody else holds the key.</summary>
    public async Task<IAsyncDisposable> Take(string key, CancellationToken stop)
    {
        var gate = local.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(stop);
        try
        {
            var connection = await source.OpenConnectionAsync(stop);
            await Execute(connection, "select pg_advisory_lock($1)", Number(key), stop);
            return new Held(gate, connection);
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    /// <summary>Takes the lock if it is free; null when another process holds it.</summary>
    public async Task<IAsyncDisposable?> TryTake(string key, CancellationToken stop)
    {
        var connection = await source.OpenConnectionAsync(stop);
        if (await Execute(connection, "select pg_try_advisory_lock($1)", Number(key), stop) is true)
            return new Held(null, connection);
        await connection.DisposeAsync();
        return null;
    }

    private static async Task<object?> Execute(NpgsqlConnection connection, string sql, long number, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue(number);
        return await command.ExecuteScalarAsync(stop);
    }

    /// <summary>Advisory locks have 64-bit names: the first eight bytes of the key's digest.</summary>
    private static long Number(string key) =>
        BinaryPrimitives.ReadInt64BigEndian(Domain.Evidence.ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(key)).ToBytes());

    private sealed class Held(SemaphoreSlim? gate, NpgsqlConnection connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // Closing would hand the session, lock and all, back to the pool.
            await Execute(connection, "select pg_advisory_unlock_all(), $1::bigint", 0, CancellationToken.None);
            await connection.DisposeAsync();
            gate?.Release();
        }
    }
}
