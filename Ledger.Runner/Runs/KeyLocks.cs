using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Ledger.Domain.Evidence;
using Npgsql;

namespace Ledger.Runner.Runs;

/// <summary>
/// Two runs never compute the same step at the same time: within this process by a semaphore, between processes by advisory locks,
/// which Postgres drops when their holder dies. All locks of a process are held by one session, so that a hundred waiting runs
/// hold no hundred connections. A courtesy, not a fence: what guards a stream is its version.
/// </summary>
public sealed class KeyLocks(NpgsqlDataSource source) : IAsyncDisposable
{
    /// <summary>How soon a lock that another process gives back is noticed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // Waits until the backend is gone, and with it its locks.
    private const string EndHolder =
        """
        select pg_terminate_backend(pid, 5000) from pg_locks
        where locktype = 'advisory' and granted and objsubid = 1 and (classid::bigint << 32) | objid::bigint = $1
          and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
        """;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> local = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn = new(1);
    private NpgsqlConnection? session;

    /// <summary>Waits until nobody else holds the key.</summary>
    public async Task<IAsyncDisposable> Take(string key, CancellationToken stop)
    {
        var gate = local.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(stop);
        try
        {
            while (!await Ask("select pg_try_advisory_lock($1)", key, stop))
                await Task.Delay(Pause, stop);
            return new Held(this, key, gate);
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    /// <summary>Takes the lock if it is free; null when another process, or this one, holds it.</summary>
    public async Task<IAsyncDisposable?> TryTake(string key, CancellationToken stop)
    {
        var gate = local.GetOrAdd(key, _ => new SemaphoreSlim(1));
        if (!await gate.WaitAsync(TimeSpan.Zero, stop))
            return null;
        if (await Ask("select pg_try_advisory_lock($1)", key, stop))
            return new Held(this, key, gate);
        gate.Release();
        return null;
    }

    /// <summary>
    /// Takes a lock, and with it all others, away from a process that holds it: its session is ended. For a process that has stalled; one that
    /// has not will find itself fenced.
    /// </summary>
    public async Task Break(string key, CancellationToken stop)
    {
        await using var command = source.CreateCommand(EndHolder);
        command.Parameters.AddWithValue(Number(key));
        await command.ExecuteNonQueryAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (session is not null)
            await session.DisposeAsync();
        turn.Dispose();
    }

    private async Task<bool> Ask(string sql, string key, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            session ??= await source.OpenConnectionAsync(stop);
            await using var command = new NpgsqlCommand(sql, session);
            command.Parameters.AddWithValue(Number(key));
            return await command.ExecuteScalarAsync(stop) is true;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Advisory locks have 64-bit names: the first eight bytes of the key's digest.</summary>
    private static long Number(string key) => BinaryPrimitives.ReadInt64BigEndian(ContentHash.Of(Encoding.UTF8.GetBytes(key)).ToBytes());

    private sealed class Held(KeyLocks locks, string key, SemaphoreSlim gate) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await locks.Ask("select pg_advisory_unlock($1)", key, CancellationToken.None);
            gate.Release();
        }
    }
}
