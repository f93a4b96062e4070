using System.Runtime.InteropServices;

namespace Ledger.Runner.Postgres;

/// <summary>
/// Where the server's Unix socket lies. Not beside the data: the path of a socket is limited to 107 bytes, and folders nest
/// deeper than that. The folder belongs to the server's user and admits nobody else (root excepted), which is what lets a client
/// trust whoever listens there.
/// </summary>
internal static class SocketFolder
{
    /// <summary>In bytes; 103 is the limit of macOS, 107 that of Linux.</summary>
    public const int LongestSocketPath = 103;

    public const int Port = 5432;
    public const string SocketName = ".s.PGSQL.5432";
    public const string LockName = SocketName + ".lock";

    /// <summary>
    /// The user's own runtime folder when there is one that is really theirs, short and plain enough
    /// (postgresql.conf gives commas and quotes a meaning); else a folder in /tmp whose name
    /// says whose it is.
    /// </summary>
    public static string Choose(string? runtimeFolder, bool runtimeFolderIsServers, uint serverUid, string hash)
    {
        string inRuntime = Path.Combine(runtimeFolder ?? "/", $"ledger-{hash}");
        bool fits = Path.Combine(inRuntime, SocketName).Length <= LongestSocketPath
            && inRuntime.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.');
        return runtimeFolder is { Length: > 0 } && runtimeFolderIsServers && fits ? inRuntime : $"/tmp/ledger-{serverUid}-{hash}";
    }

    /// <summary>Makes the folder if need be, and makes sure of it.</summary>
    public static void Prepare(string folder, SystemUser server)
    {
        if (Libc.MakeDirectory(folder, (uint)(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) == 0)
        {
            if (Libc.EffectiveUser() != server.Uid && Libc.ChangeOwner(folder, server.Uid, server.Gid) != 0)
            {
                throw new PostgresUnavailable($"{folder} cannot be given to {server.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        else if (Marshal.GetLastPInvokeError() is not Libc.FileExists)
        {
            throw new PostgresUnavailable($"{folder} cannot be made for Postgres's socket: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        Verify(folder, server.Uid);
    }

    /// <summary>Refuses a folder through which someone else could pose as the server.</summary>
    public static void Verify(string folder, uint serverUid)
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        FileOwner? owner = FileOwner.Of(folder);
        string? wrong = owner switch
        {
            null => "is missing",
            { IsDirectory: false } => "is not a folder",
            _ when owner.Uid != serverUid => $"belongs to user number {owner.Uid}, not to {serverUid}",
            _ when (owner.Mode & others) != UnixFileMode.None => "is open to other users (wanted: mode 700)",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new PostgresUnavailable($"{folder}, the folder of Postgres's socket, {wrong}: whoever made it could pose as the ledger's database. Have it removed, then try again.");
        }
    }
}
