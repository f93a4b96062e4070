using Npgsql;

namespace Ledger.Runner.Postgres;

/// <summary>How the embedded Postgres of a folder stands.</summary>
/// <param name="Binaries">Every installation found on this machine.</param>
/// <param name="ClusterMajor">The version that made the cluster; null when there is none yet.</param>
/// <param name="Chosen">What would be started; null when nothing fits.</param>
/// <param name="RunningPid">Null when no server of this folder runs.</param>
/// <param name="SocketDirectory">Of the running server.</param>
public sealed record PostgresState(
    IReadOnlyList<PostgresInstallation> Binaries, int? ClusterMajor, PostgresInstallation? Chosen,
    int? RunningPid, string DataDirectory, string? SocketDirectory, string ServerLog);

/// <summary>
/// A private Postgres under <c>.ledger</c>, in use by this process. The server belongs to no command: it is started by the first
/// that needs it, in a session of its own, and stopped by <see cref="Stop"/> or, when nobody uses it for a while, by
/// <see cref="IdleWatch"/>. Disposing ends the use, not the server.
/// <para>Locks. A use holds <c>use.lock</c> shared from before it looks for the server until it is disposed. Starting and stopping
/// happen under <c>start.lock</c>. Only a use ever waits for one lock while it holds another; who stops the server takes both
/// exclusively or neither, and asks again later, so no two can wait for each other.</para>
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    public const string DatabaseName = "ledger";

    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(2);

    /// <summary>Watchers hold the locks for moments while they look; a use holds one for as long as it lasts.</summary>
    private const int LooksBeforeGivingUp = 40;

    /// <summary>With a pause of 50 ms each; a server that says it is ready needs one.</summary>
    private const int TriesOfConnecting = 200;

    private readonly LedgerFolder folder;
    private readonly FileLock held;

    private EmbeddedPostgres(LedgerFolder folder, FileLock use, string connectionString)
    {
        this.folder = folder;
        held = use;
        ConnectionString = connectionString;
    }

    /// <summary>For Npgsql: over the Unix socket, as the owner role <c>ledger</c>, database <c>ledger</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>Comes back when the server answers and the database is there, having made and started whatever was missing.</summary>
    /// <exception cref="PostgresUnavailable">The message says what stands in the way and what to do.</exception>
    public static Task<EmbeddedPostgres> Use(LedgerFolder folder, Action<string> say, CancellationToken stop) =>
        Use(folder, PostgresSettings.FromEnvironment(), say, stop);

    internal static async Task<EmbeddedPostgres> Use(LedgerFolder folder, PostgresSettings settings, Action<string> say, CancellationToken stop)
    {
        FileLock use = await FileLock.Acquire(folder.UseLock, LockKind.Shared, stop);
        try
        {
            using FileLock start = await FileLock.Acquire(folder.StartLock, LockKind.Exclusive, stop);
            SystemUser server = await ServerUser.For(folder.DataDirectory, say, stop);
            string socket;
            int tries = 0;
            do
            {
                string? running = await SocketOfRunning(folder, stop);
                if (running is not null && !File.Exists(Path.Combine(running, SocketFolder.SocketName)))
                {
                    use.Dispose();
                    await StopDeaf(folder, running, say, stop);
                    use = await FileLock.Acquire(folder.UseLock, LockKind.Shared, stop);
                    running = null;
                }

                socket = running ?? await Start(folder, settings, server, say, stop);
                SocketFolder.Verify(socket, server.Uid);
            }
            while (!await Answers(folder, socket, lastTry: ++tries == TriesOfConnecting, stop));

            IdleWatch.Ensure(folder, settings.Idle);
            return new EmbeddedPostgres(folder, use, ConnectionTo(socket, DatabaseName));
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server, waiting until it is gone; false when none ran.</summary>
    /// <exception cref="PostgresUnavailable">Another command uses it.</exception>
    public static async Task<bool> Stop(LedgerFolder folder, CancellationToken stop)
    {
        for (int look = 0; look < LooksBeforeGivingUp; look++)
        {
            if (await StopIfUnused(folder, stop) is { } stopped)
            {
                return stopped;
            }

            await Task.Delay(50, stop);
        }

        throw new PostgresUnavailable($"Postgres of {folder.Location} is in use by another ledger command, and was not stopped. Let that command end, then try again.");
    }

    /// <summary>Looks, and changes nothing.</summary>
    public static PostgresState State(LedgerFolder folder) => State(folder, PostgresSettings.FromEnvironment());

    public ValueTask DisposeAsync()
    {
        // The watcher counts idle time from here.
        File.SetLastWriteTimeUtc(folder.UseLock, TimeProvider.System.GetUtcNow().UtcDateTime);
        held.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static PostgresState State(LedgerFolder folder, PostgresSettings settings)
    {
        IReadOnlyList<PostgresInstallation> binaries = PostgresBinaries.In(settings.BinaryFolders);
        ServerProcess? running = Running(folder);
        int? major = Cluster.Major(folder.DataDirectory);
        return new PostgresState(
            binaries, major, PostgresBinaries.Fitting(binaries, major),
            running?.Pid, folder.DataDirectory, running?.SocketDirectory, folder.ServerLog);
    }

    /// <summary>Null when someone uses the server; else whether there was one to stop.</summary>
    private static async Task<bool?> StopIfUnused(LedgerFolder folder, CancellationToken stop)
    {
        using FileLock? use = FileLock.TryAcquire(folder.UseLock, LockKind.Exclusive);
        using FileLock? start = use is null ? null : FileLock.TryAcquire(folder.StartLock, LockKind.Exclusive);
        return start is null ? null : await StopServer(folder, stop);
    }

    internal static ServerProcess? Running(LedgerFolder folder) =>
        ServerProcess.Read(folder.DataDirectory) is { IsServer: true } server ? server : null;

    internal static string ConnectionTo(string socket, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = socket,
        Port = SocketFolder.Port,
        Username = ServerConfiguration.Role,
        Database = database,
        ApplicationName = "ledger",
        MaxPoolSize = 20,
    }.ConnectionString;

    /// <summary>Null when no server runs; waits for one that its starter or stopper left on its way up or down when it was killed.</summary>
    private static async Task<string?> SocketOfRunning(LedgerFolder folder, CancellationToken stop)
    {
        ServerProcess? server = Running(folder);
        while (server is { IsReady: false })
        {
            await Task.Delay(20, stop);
            server = Running(folder);
        }

        return server?.SocketDirectory;
    }

    /// <summary>
    /// Stops a server whose socket was cleaned away (a logout empties XDG_RUNTIME_DIR), unless commands that connected before
    /// that still use it.
    /// </summary>
    private static async Task StopDeaf(LedgerFolder folder, string socket, Action<string> say, CancellationToken stop)
    {
        using FileLock? alone = FileLock.TryAcquire(folder.UseLock, LockKind.Exclusive);
        if (alone is null)
        {
            throw new PostgresUnavailable($"Postgres of {folder.Location} runs, but its socket in {socket} is gone, and another ledger command still uses it. Let that command end, then try again.");
        }

        say("Postgres lost its socket: starting it again");
        await StopServer(folder, stop);
    }

    /// <summary>Under both locks.</summary>
    internal static async Task<bool> StopServer(LedgerFolder folder, CancellationToken stop)
    {
        if (Running(folder) is not { } server)
        {
            return false;
        }

        // SIGINT is Postgres's fast shutdown; no program of the right version is needed for it.
        if (Libc.Signal(server.Pid, Libc.Interrupt) != 0)
        {
            throw new PostgresUnavailable($"process {server.Pid}, the Postgres of {folder.Location}, belongs to another user and cannot be stopped by you.");
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(LongestStop);
        while (Running(folder) is not null)
        {
            await Task.Delay(20, limit.Token);
        }

        return true;
    }

    private static async Task<string> Start(LedgerFolder folder, PostgresSettings settings, SystemUser server, Action<string> say, CancellationToken stop)
    {
        await ServerStart.Run(folder, settings, server, say, stop);
        return await SocketOfRunning(folder, stop) ?? throw Died(folder);
    }

    /// <summary>
    /// Whether the database can be used, made when it is missing. Not yet, when the server is on its way up or just died: its
    /// files and even its process can outlast it for a moment, so the caller looks again.
    /// </summary>
    private static async Task<bool> Answers(LedgerFolder folder, string socket, bool lastTry, CancellationToken stop)
    {
        try
        {
            await Execute(ConnectionTo(socket, DatabaseName), "SELECT 1", stop);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await Execute(ConnectionTo(socket, "postgres"), $"CREATE DATABASE {DatabaseName}", stop);
            return true;
        }
        catch (NpgsqlException e) when (e.IsTransient && !lastTry)
        {
            await Task.Delay(50, stop);
            return false;
        }
        catch (NpgsqlException e)
        {
            throw new PostgresUnavailable($"Postgres of {folder.Location} runs and refuses: {e.Message}\nThe end of {folder.ServerLog}:\n{ServerStart.EndOfLog(folder)}");
        }
    }

    private static async Task Execute(string connectionString, string sql, CancellationToken stop)
    {
        // Nothing here reads a value, so the server's types need not be asked for.
        await using NpgsqlConnection connection = new(connectionString + ";Pooling=false;Server Compatibility Mode=NoTypeLoading");
        await connection.OpenAsync(stop);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static PostgresUnavailable Died(LedgerFolder folder) =>
        new($"Postgres of {folder.Location} ended as soon as it had started. Its log: {folder.ServerLog}\n{ServerStart.EndOfLog(folder)}");
}
