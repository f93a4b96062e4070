using System.ComponentModel;
using System.Diagnostics;

namespace Ledger.Runner.Postgres;

/// <summary>
/// Which user of the operating system Postgres runs as, and how a program is run as that user. Postgres refuses root; a server
/// must not share a user with strangers, so <c>nobody</c> is never chosen.
/// </summary>
internal static class ServerUser
{
    public const string PackageUser = "postgres";
    public const string OwnUser = "ledger-postgres";

    // Of root's environment nothing else goes along: it may hold secrets, and PG* variables would change what the programs do.
    private static readonly string[] PassedVariables = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

    /// <summary>
    /// An existing cluster has its owner's server. A new one gets the user at hand, or when that is root the package's
    /// <c>postgres</c>, or our own user; null when that one has yet to be made.
    /// </summary>
    /// <exception cref="PostgresUnavailable">The cluster is someone else's, and only root may act for others.</exception>
    public static SystemUser? Choose(SystemUser current, SystemUser? clusterOwner, SystemUser? package, SystemUser? own, string dataDirectory) =>
        (current, clusterOwner) switch
        {
            ({ IsRoot: true }, { IsRoot: true }) => throw new PostgresUnavailable(
                $"{dataDirectory} belongs to root, and Postgres runs as another user. Give it back to the user it was made for: chown -R USER {dataDirectory}"),
            ({ IsRoot: true }, { } owner) => owner,
            ({ IsRoot: true }, null) => package ?? own,
            (_, { } owner) when owner.Uid != current.Uid => throw new PostgresUnavailable(
                $"The ledger's database in {dataDirectory} belongs to {owner.Name}; you are {current.Name}. Run ledger as {owner.Name} or as root."),
            _ => current,
        };

    /// <summary>Looks the users up, and makes our own when root needs it.</summary>
    public static async Task<SystemUser> For(string dataDirectory, Action<string> say, CancellationToken stop)
    {
        SystemUser? owner = FileOwner.Of(dataDirectory) is { } found
            ? SystemUser.WithUid(found.Uid) ?? throw new PostgresUnavailable($"{dataDirectory} belongs to user number {found.Uid}, who has no name on this system.")
            : null;
        return Choose(SystemUser.Current(), owner, SystemUser.Named(PackageUser), SystemUser.Named(OwnUser), dataDirectory)
            ?? await MakeOwnUser(say, stop);
    }

    /// <summary>Whether the user can get into a folder through all its parents; the kernel is asked, so that ACLs count.</summary>
    public static async Task<bool> CanEnter(SystemUser user, string folder, CancellationToken stop) =>
        (await Run(user, "/bin/sh", ["-c", "cd \"$1\"", "sh", folder], stop)).Code == 0;

    public static async Task<(int Code, string Output)> Run(SystemUser user, string program, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        SystemUser current = SystemUser.Current();
        IReadOnlyList<string> command = user.Uid == current.Uid ? [program, .. arguments] : [.. Becoming(user), program, .. arguments];
        return await Run(command, stop);
    }

    internal static async Task<(int Code, string Output)> Run(IReadOnlyList<string> command, CancellationToken stop)
    {
        // A working directory that the user cannot enter makes initdb and pg_ctl fail.
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Except(PassedVariables).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        using Process process = Start(start);
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(stop);
            Task<string> errors = process.StandardError.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return (process.ExitCode, (await output + await errors).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PostgresUnavailable($"{start.FileName} cannot be started: {e.Message}");
        }
    }

    // setpriv opens no PAM session, so nothing ends the server with its starter's login; runuser is the next best.
    private static string[] Becoming(SystemUser user) => OnPath("setpriv") is { } setpriv
        ? [setpriv, $"--reuid={user.Uid}", $"--regid={user.Gid}", "--init-groups", "--"]
        : OnPath("runuser") is { } runuser
            ? [runuser, "-u", user.Name, "--"]
            : throw new PostgresUnavailable($"Postgres must run as {user.Name}, and neither setpriv nor runuser (package util-linux) is on PATH to do that. Install it, or run ledger as an ordinary user.");

    private static string? OnPath(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/bin:/bin:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static async Task<SystemUser> MakeOwnUser(Action<string> say, CancellationToken stop)
    {
        say($"Postgres does not run as root: adding the system user {OwnUser} for it");
        string[] command = OnPath("useradd") is { } useradd
            ? [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", OwnUser]
            : ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", OwnUser];
        (int code, string output) = await Run(command, stop);
        return code == 0 && SystemUser.Named(OwnUser) is { } made
            ? made
            : throw new PostgresUnavailable($"Cannot add the system user {OwnUser} ({output}). Add it yourself, or run ledger as an ordinary user.");
    }
}
