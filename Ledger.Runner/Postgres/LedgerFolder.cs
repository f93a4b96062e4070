using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Runner.Postgres;

/// <summary>
/// The folder <c>.ledger</c>: a private Postgres cluster, the artifacts, and the locks that keep commands out of each other's way.
/// It knows where things lie; whether a server runs is <see cref="EmbeddedPostgres"/>'s business.
/// </summary>
public sealed class LedgerFolder
{
    public const string Name = ".ledger";

    private LedgerFolder(string path) => Location = path;

    /// <summary>Absolute, without symbolic links, ends in <c>.ledger</c>.</summary>
    public string Location { get; }

    /// <summary>Where artifacts are kept, by digest.</summary>
    public string Objects => Path.Combine(Location, "objects");

    /// <summary>Held shared by every command that uses the database, exclusively while the server is stopped.</summary>
    public string UseLock => Path.Combine(Location, "use.lock");

    /// <summary>Held exclusively while a server is started or stopped.</summary>
    public string StartLock => Path.Combine(Location, "start.lock");

    /// <summary>Held exclusively by the one process that stops the server when nobody uses it.</summary>
    public string WatchLock => Path.Combine(Location, "watch.lock");

    public string WatchLog => Path.Combine(Location, "watch.log");

    /// <summary>One line, the path of a cluster that could not live in this folder; missing when it does.</summary>
    public string Pointer => Path.Combine(Location, "postgres.path");

    /// <summary>Where the cluster is, or will be: PGDATA.</summary>
    public string DataDirectory => File.Exists(Pointer) ? File.ReadAllText(Pointer).Trim() : Path.Combine(Location, "postgres");

    public string ServerLog => Path.Combine(DataDirectory, "server.log");

    /// <summary>Twelve hexadecimal digits that stand for this folder in names that must be short.</summary>
    internal string ShortHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Location)))[..12];

    /// <summary>Looks in a directory and then in its parents, as git does for <c>.git</c>; null when none has one.</summary>
    public static LedgerFolder? Find(string directory)
    {
        for (DirectoryInfo? at = new(RealPath(directory)); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, Name);
            if (Directory.Exists(candidate))
            {
                return new LedgerFolder(RealPath(candidate));
            }
        }

        return null;
    }

    /// <summary>The folder found upward, or a new one in the directory itself, which must exist. Git is told to ignore a new one.</summary>
    public static LedgerFolder FindOrCreate(string directory)
    {
        if (Find(directory) is { } found)
        {
            return found;
        }

        LedgerFolder created = new(Path.Combine(RealPath(directory), Name));
        Directory.CreateDirectory(created.Objects);
        File.WriteAllText(Path.Combine(created.Location, ".gitignore"), "*\n");
        return created;
    }

    // The path must be the one the kernel shows for a running server, or a live server would be taken for a stranger.
    private static string RealPath(string path)
    {
        nint resolved = Libc.RealPath(Path.GetFullPath(path), 0);
        if (resolved == 0)
        {
            throw new DirectoryNotFoundException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            return Marshal.PtrToStringUTF8(resolved)!;
        }
        finally
        {
            Libc.Free(resolved);
        }
    }
}
