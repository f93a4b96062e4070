using System.Runtime.InteropServices;

namespace Ledger.Runner.Postgres;

/// <summary>A user of the operating system as the password database knows it. Not a database role.</summary>
internal sealed record SystemUser(string Name, uint Uid, uint Gid)
{
    private static readonly Lock PasswordDatabase = new();

    public bool IsRoot => Uid == 0;

    /// <summary>The effective user of this process.</summary>
    /// <exception cref="PostgresUnavailable">The number has no name (a container started with an arbitrary uid): Postgres refuses
    /// to start without one, and peer authentication compares names.</exception>
    public static SystemUser Current()
    {
        uint uid = Libc.EffectiveUser();
        return WithUid(uid) ?? throw new PostgresUnavailable(
            $"user number {uid} has no name on this system, and Postgres needs one to start and to authenticate.\n"
            + "Add it to /etc/passwd, start the container as a named user, or set LEDGER_POSTGRES to a server of your own.");
    }

    public static SystemUser? WithUid(uint uid)
    {
        lock (PasswordDatabase)
        {
            return Read(Libc.PasswordEntry(uid));
        }
    }

    public static SystemUser? Named(string name)
    {
        lock (PasswordDatabase)
        {
            return Read(Libc.PasswordEntry(name));
        }
    }

    private static SystemUser? Read(nint entry) => entry == 0
        ? null
        : new SystemUser(
            Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(entry))!,
            (uint)Marshal.ReadInt32(entry, 2 * nint.Size),
            (uint)Marshal.ReadInt32(entry, (2 * nint.Size) + sizeof(uint)));
}
