using System.Globalization;
using System.Runtime.InteropServices;

namespace Ledger.Runner.Postgres;

/// <summary>The cluster's files: where they go, made whole or not at all, and set up for the next start.</summary>
internal static class Cluster
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const string Unfinished = ".new-";

    /// <summary>No initdb takes this long: what is older was left by a command that was killed.</summary>
    private static readonly TimeSpan LongestInit = TimeSpan.FromMinutes(10);

    /// <summary>The major version that made the cluster; null when there is none yet.</summary>
    public static int? Major(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, "PG_VERSION");
        return File.Exists(path) ? int.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>
    /// Decides where a new cluster goes: into the ledger's folder, or when its server's user cannot get in there (root's home is
    /// closed to others), into a folder of the system, with a pointer left behind. Writes the pointer before anything else, so
    /// that a cluster never lies anywhere unseen.
    /// </summary>
    public static async Task Place(LedgerFolder folder, SystemUser server, string systemFolder, Action<string> say, CancellationToken stop)
    {
        if (File.Exists(folder.Pointer) || await ServerUser.CanEnter(server, folder.Location, stop))
        {
            return;
        }

        Directory.CreateDirectory(systemFolder);
        File.SetUnixFileMode(systemFolder, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        string place = Unused(Path.Combine(systemFolder, folder.ShortHash));
        say($"user {server.Name} cannot enter {folder.Location}: keeping the database in {place}");
        Replace(folder.Pointer, place + "\n", owner: null);
    }

    /// <summary>
    /// Runs initdb beside the place and renames: a crash leaves no half cluster, only a folder that a later try removes. Its name
    /// is this process's own, since the initdb of a killed command may still be writing to the other.
    /// </summary>
    public static async Task Create(string dataDirectory, PostgresInstallation binaries, SystemUser server, CancellationToken stop)
    {
        RemoveLeftovers(dataDirectory);
        string making = $"{dataDirectory}{Unfinished}{Environment.ProcessId}";
        Directory.CreateDirectory(making, OwnerOnly);
        Give(making, server);
        (int code, string output) = await ServerUser.Run(server, binaries.Program("initdb"),
            ["-D", making, "-U", ServerConfiguration.Role, "-E", "UTF8", "--locale=C", "--data-checksums", "--auth-local=peer", "--auth-host=reject"], stop);
        if (code != 0)
        {
            throw new PostgresUnavailable($"initdb of Postgres {binaries.Version} failed in {making}:\n{output}");
        }

        string main = Path.Combine(making, "postgresql.conf");
        Replace(main, await File.ReadAllTextAsync(main, stop) + ServerConfiguration.Include, server);
        Directory.Move(making, dataDirectory);
        SynchronizeFolder(Path.GetDirectoryName(dataDirectory)!);
    }

    public static void Configure(string dataDirectory, string socketFolder, SystemUser server)
    {
        Replace(Path.Combine(dataDirectory, ServerConfiguration.FileName), ServerConfiguration.Settings(socketFolder), server);
        Replace(Path.Combine(dataDirectory, "pg_hba.conf"), ServerConfiguration.Access, server);
        Replace(Path.Combine(dataDirectory, "pg_ident.conf"), ServerConfiguration.Identities([SystemUser.Current().Name, server.Name]), server);
    }

    private static void RemoveLeftovers(string dataDirectory)
    {
        DateTime old = TimeProvider.System.GetUtcNow().UtcDateTime - LongestInit;
        foreach (string leftover in Directory.GetDirectories(Path.GetDirectoryName(dataDirectory)!, Path.GetFileName(dataDirectory) + Unfinished + "*")
            .Where(folder => Directory.GetLastWriteTimeUtc(folder) < old))
        {
            Directory.Delete(leftover, recursive: true);
        }
    }

    private static void SynchronizeFolder(string folder)
    {
        int file = Libc.Open(folder, 0);
        int done = file < 0 ? file : Libc.Synchronize(file);
        string why = Marshal.GetLastPInvokeErrorMessage();
        _ = file < 0 ? 0 : Libc.Close(file);
        if (done < 0)
        {
            throw new PostgresUnavailable($"{folder} cannot be written to disk: {why}");
        }
    }

    // A folder deleted and made again finds the old one's cluster under the same name: that one is left as it is.
    private static string Unused(string path) =>
        Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? path : $"{path}-{n}").First(candidate => !Directory.Exists(candidate));

    // Root writes here into a folder of another user: a new file, renamed, follows no link that was planted in its way.
    private static void Replace(string path, string text, SystemUser? owner)
    {
        string making = $"{path}.{Environment.ProcessId}.new";
        File.Delete(making);
        using (FileStream file = new(making, FileMode.CreateNew, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        if (owner is not null)
        {
            Give(making, owner);
        }

        File.Move(making, path, overwrite: true);
    }

    private static void Give(string path, SystemUser owner)
    {
        if (Libc.EffectiveUser() != owner.Uid && Libc.ChangeOwner(path, owner.Uid, owner.Gid) != 0)
        {
            throw new PostgresUnavailable($"{path} cannot be given to {owner.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
