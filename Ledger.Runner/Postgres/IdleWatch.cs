using System.Diagnostics;
using Npgsql;

namespace Ledger.Runner.Postgres;

/// <summary>
/// Stops a ledger's server when nobody has used it for a while. One process does that for each folder (<c>ledger watch-postgres</c>,
/// started by the command that needs it, in a session of its own), and ends with the server. A use is a lock held by a command of
/// ledger, or any connection, such as a psql.
/// </summary>
public static class IdleWatch
{
    /// <summary>The verb by which <c>ledger</c> starts itself for this; no person types it.</summary>
    public const string Verb = "watch-postgres";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The hidden verb: <c>ledger watch-postgres FOLDER</c>, where the folder is the one that holds <c>.ledger</c>.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Run(string directory)
    {
        // Before anything else: until then the terminal's Ctrl-C and hang-up still reach this process. It fails, harmlessly, for
        // one that leads a session already.
        _ = Libc.NewSession();
        if (LedgerFolder.Find(directory) is { } folder && PostgresSettings.FromEnvironment().Idle is { } idle)
        {
            await Watch(folder, idle, TimeProvider.System, CancellationToken.None);
        }

        return 0;
    }

    /// <summary>Watches until the server is gone, stopping it once it was idle this long. Ends at once when another process watches.</summary>
    public static async Task Watch(LedgerFolder folder, TimeSpan idle, TimeProvider time, CancellationToken stop)
    {
        using FileLock? alone = FileLock.TryAcquire(folder.WatchLock, LockKind.Exclusive);
        DateTimeOffset lastSeen = time.GetUtcNow();
        while (alone is not null)
        {
            await Task.Delay(TimeSpan.FromTicks(Math.Min(idle.Ticks / 4, LongestPause.Ticks)), time, stop);
            using FileLock? unused = FileLock.TryAcquire(folder.UseLock, LockKind.Exclusive);
            using FileLock? still = unused is null ? null : FileLock.TryAcquire(folder.StartLock, LockKind.Exclusive);
            if (still is null || await HasClients(folder, stop))
            {
                lastSeen = time.GetUtcNow();
                continue;
            }

            DateTimeOffset lastUse = new(File.GetLastWriteTimeUtc(folder.UseLock), TimeSpan.Zero);
            if (time.GetUtcNow() - (lastUse > lastSeen ? lastUse : lastSeen) >= idle)
            {
                await EmbeddedPostgres.StopServer(folder, stop);
            }

            if (EmbeddedPostgres.Running(folder) is null)
            {
                // Whoever starts the server next must find this lock free, so it goes before the others do.
                alone.Dispose();
                return;
            }
        }
    }

    /// <summary>Starts the watching process unless one is there, or nothing is to be watched.</summary>
    internal static void Ensure(LedgerFolder folder, TimeSpan? idle)
    {
        if (idle is null)
        {
            return;
        }

        using (FileLock? free = FileLock.TryAcquire(folder.WatchLock, LockKind.Exclusive))
        {
            if (free is null)
            {
                return;
            }
        }

        // The shell leaves it without a parent, and with a file where a pipe of ours would keep our reader waiting.
        string[] watch = [.. Ledger(), Verb, Path.GetDirectoryName(folder.Location)!];
        ProcessStartInfo start = new("/bin/sh", ["-c", "log=$1; shift; \"$@\" </dev/null >>\"$log\" 2>&1 &", "sh", folder.WatchLog, .. watch])
        {
            WorkingDirectory = "/",
        };
        start.Environment[PostgresSettings.IdleVariable] = idle.Value.TotalMinutes.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        using Process shell = Process.Start(start)!;
        shell.WaitForExit();
    }

    /// <summary>The command that is <c>ledger</c>: this process's own, or when that is another program (a test), the one beside this assembly.</summary>
    private static string[] Ledger()
    {
        string assembly = typeof(IdleWatch).Assembly.Location;
        string self = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(self) == "dotnet";
        bool isLedger = System.Reflection.Assembly.GetEntryAssembly() == typeof(IdleWatch).Assembly;
        return (isLedger, isHost) switch
        {
            (true, false) => [self],
            (_, true) => [self, assembly],
            (false, false) => [Path.ChangeExtension(assembly, null)],
        };
    }

    private static async Task<bool> HasClients(LedgerFolder folder, CancellationToken stop)
    {
        if (EmbeddedPostgres.Running(folder) is not { SocketDirectory: { } socket, IsReady: true })
        {
            return false;
        }

        try
        {
            await using NpgsqlConnection connection = new(EmbeddedPostgres.ConnectionTo(socket, "postgres") + ";Pooling=false");
            await connection.OpenAsync(stop);
            await using NpgsqlCommand command = new("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()", connection);
            return (long)(await command.ExecuteScalarAsync(stop))! > 0;
        }
        catch (NpgsqlException)
        {
            // Without its socket nobody can come any more; with it, it may be that so many are there that it takes no more.
            return File.Exists(Path.Combine(socket, SocketFolder.SocketName));
        }
    }
}
