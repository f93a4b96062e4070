using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Data;
using System.Text;
using Ledger.Domain.Evidence;
using Ledger.Domain.Store;
using Npgsql;

namespace Ledger.Runner.Runs;

/// <summary>
/// Two runs never compute the same step at the same time: within this process by a semaphore, between processes by advisory locks,
/// which Postgres drops when their holder dies. All locks of a process are held by one session, so that a hundred waiting runs
/// hold no hundred connections. When that session is lost (the server was restarted) a new one takes back what it held, unless another process
/// was there first. A courtesy, not a fence: what guards a stream is its version.
/// </summary>
public sealed class KeyLocks(NpgsqlDataSource source) : IAsyncDisposable
{
    /// <summary>How soon a lock that another process gives back is noticed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Shared by every command that carries out runs, for as long as it may write, read or name artifacts; alone by whoever deletes some.</summary>
    public const string Artifacts = "artifacts in use";

    private const string Try = "select pg_try_advisory_lock($1)", TryShared = "select pg_try_advisory_lock_shared($1)";

    // Waits until the backend is gone, and with it its locks.
    private const string EndHolder =
        """
        select pg_terminate_backend(pid, 5000) from pg_locks
        where locktype = 'advisory' and granted and objsubid = 1 and (classid::bigint << 32) | objid::bigint = $1
          and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
        """;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> local = new(StringComparer.Ordinal);
    private readonly HashSet<string> held = new(StringComparer.Ordinal), shared = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn = new(1);
    private NpgsqlConnection? session;

    /// <summary>Waits until nobody else holds the key.</summary>
    public async Task<IAsyncDisposable> Take(string key, CancellationToken stop)
    {
        var gate = local.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(stop);
        try
        {
            while (!await TryLock(key, stop))
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
        try
        {
            if (await TryLock(key, stop))
                return new Held(this, key, gate);
        }
        catch
        {
            gate.Release();
            throw;
        }

        gate.Release();
        return null;
    }

    /// <summary>Waits until nobody holds the key alone, and keeps it, beside any number of others, until this object is disposed of.</summary>
    public async Task Share(string key, CancellationToken stop)
    {
        while (!await TryLock(key, TryShared, shared, stop))
            await Task.Delay(Pause, stop);
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

    private Task<bool> TryLock(string key, CancellationToken stop) => TryLock(key, Try, held, stop);

    private Task<bool> TryLock(string key, string sql, HashSet<string> keys, CancellationToken stop) => InTurn(
        () => Faults.Persist(
            "taking a lock",
            async _ =>
            {
                var taken = await Ask(await Session(stop), sql, key, stop);
                if (taken)
                    keys.Add(key);
                return taken;
            },
            stop),
        stop);

    private Task<bool> Unlock(string key) => InTurn(
        async () =>
        {
            held.Remove(key);
            // A session that ended has given back its locks.
            if (session is not { State: ConnectionState.Open } open)
                return true;
            try
            {
                return await Ask(open, "select pg_advisory_unlock($1)", key, CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                return true;
            }
        },
        CancellationToken.None);

    private async Task<NpgsqlConnection> Session(CancellationToken stop)
    {
        if (session is { State: ConnectionState.Open })
            return session;
        if (session is not null)
            await session.DisposeAsync();
        session = await source.OpenConnectionAsync(stop);
        foreach (var key in held)
            await Ask(session, Try, key, stop);
        foreach (var key in shared)
            await Ask(session, TryShared, key, stop);
        return session;
    }

    private async Task<bool> InTurn(Func<Task<bool>> ask, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            return await ask();
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<bool> Ask(NpgsqlConnection session, string sql, string key, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, session);
        command.Parameters.AddWithValue(Number(key));
        return await command.ExecuteScalarAsync(stop) is true;
    }

    /// <summary>Advisory locks have 64-bit names: the first eight bytes of the key's digest.</summary>
    private static long Number(string key) => BinaryPrimitives.ReadInt64BigEndian(ContentHash.Of(Encoding.UTF8.GetBytes(key)).ToBytes());

    private sealed class Held(KeyLocks locks, string key, SemaphoreSlim gate) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await locks.Unlock(key);
            gate.Release();
        }
    }
}
