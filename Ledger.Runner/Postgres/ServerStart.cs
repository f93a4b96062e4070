namespace Ledger.Runner.Postgres;

/// <summary>From whatever is there to a server that answers: programs, cluster, stale files, socket, start. Runs under <c>start.lock</c>.</summary>
internal static class ServerStart
{
    private const int LinesOfLogToShow = 12;

    /// <summary>Recovery after a crash takes as long as there is to recover; after this the user is told.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(4);

    public static async Task Run(LedgerFolder folder, PostgresSettings settings, SystemUser server, Action<string> say, CancellationToken stop)
    {
        int? major = Cluster.Major(folder.DataDirectory);
        PostgresInstallation binaries = await Binaries(settings, major, folder.DataDirectory, say, stop);
        if (major is null)
        {
            await Cluster.Place(folder, server, settings.SystemFolder, say, stop);
            say($"making a Postgres {binaries.Version} database in {folder.DataDirectory}");
            await Cluster.Create(folder.DataDirectory, binaries, server, stop);
        }

        string socket = SocketFolder.Choose(
            settings.RuntimeFolder,
            settings.RuntimeFolder is { } runtime && FileOwner.Of(runtime)?.Uid == server.Uid,
            server.Uid,
            folder.ShortHash);
        SocketFolder.Prepare(socket, server);
        RemoveIfStrangers(ServerProcess.PidFile(folder.DataDirectory), folder.DataDirectory, say);
        RemoveIfStrangers(Path.Combine(socket, SocketFolder.LockName), folder.DataDirectory, say);
        Cluster.Configure(folder.DataDirectory, socket, server);
        await Start(folder, binaries, server, say, stop);
    }

    public static string EndOfLog(LedgerFolder folder) => File.Exists(folder.ServerLog)
        ? string.Join('\n', File.ReadLines(folder.ServerLog).TakeLast(LinesOfLogToShow))
        : "(nothing was logged)";

    private static async Task<PostgresInstallation> Binaries(PostgresSettings settings, int? major, string dataDirectory, Action<string> say, CancellationToken stop)
    {
        IReadOnlyList<PostgresInstallation> found = PostgresBinaries.In(settings.BinaryFolders);
        if (found.Count == 0 && settings.MayInstall && AptInstall.IsPossible(SystemUser.Current()))
        {
            await AptInstall.Run(say, stop);
            found = PostgresBinaries.In(PostgresBinaries.UsualFolders(path: null));
        }

        return PostgresBinaries.Choose(found, major, dataDirectory);
    }

    // A file whose process is gone is Postgres's own business: it also looks for shared memory that is still attached. What
    // Postgres cannot tell is that the number now belongs to a stranger, or to a zombie in a container where nobody reaps.
    private static void RemoveIfStrangers(string lockFile, string dataDirectory, Action<string> say)
    {
        if (ServerProcess.Read(lockFile, dataDirectory) is { IsStranger: true } stale)
        {
            say($"removing a stale {Path.GetFileName(lockFile)}: process {stale.Pid} is not this ledger's Postgres");
            File.Delete(lockFile);
        }
    }

    // pg_ctl makes the server the leader of a session of its own (Ctrl-C does not reach it) and gives it a file for its output
    // (no pipe of ours that it would hold open, or die by).
    private static async Task Start(LedgerFolder folder, PostgresInstallation binaries, SystemUser server, Action<string> say, CancellationToken stop)
    {
        const string patience = "86400";
        Task<(int Code, string Output)> starting = ServerUser.Run(server, binaries.Program("pg_ctl"),
            ["start", "--wait", "--timeout", patience, "--silent", "-D", folder.DataDirectory, "-l", folder.ServerLog], stop);
        if (await Task.WhenAny(starting, Task.Delay(Long, stop)) != starting)
        {
            say("Postgres is still starting; after a crash it first replays what it had written down");
        }

        (int code, string output) = await starting;
        if (code != 0)
        {
            string log = EndOfLog(folder);
            string hint = log.Contains("No space left on device", StringComparison.Ordinal) ? "\nIts disk is full: make room and give the command again; nothing acknowledged is lost." : "";
            throw new PostgresUnavailable($"Postgres {binaries.Version} did not start in {folder.DataDirectory}: {output}\nThe end of {folder.ServerLog}:\n{log}{hint}");
        }
    }
}
