using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Ledger.Runner.Postgres;

/// <summary>Whose a directory entry is and what it is. A symbolic link is described itself, not what it points to.</summary>
internal sealed record FileOwner(uint Uid, bool IsDirectory, UnixFileMode Mode)
{
    private const int TypeMask = 0xF000;
    private const int DirectoryType = 0x4000;
    private const int PermissionMask = 0xFFF;

    /// <summary>Null when there is nothing at the path, or its folder cannot be entered.</summary>
    public static FileOwner? Of(string path) => OperatingSystem.IsLinux() ? FromStatx(path) : FromStatCommand(path);

    private static FileOwner? FromStatx(string path)
    {
        const int currentDirectory = -100;
        const int noFollow = 0x100;
        const uint basicFields = 0x7FF;
        Span<byte> status = stackalloc byte[256];
        return Libc.Statx(currentDirectory, path, noFollow, basicFields, status) == 0
            ? From(BinaryPrimitives.ReadUInt32LittleEndian(status[20..]), BinaryPrimitives.ReadUInt16LittleEndian(status[28..]))
            : null;
    }

    // The struct of stat(2) differs between the other systems; their stat command does not.
    private static FileOwner? FromStatCommand(string path)
    {
        ProcessStartInfo start = new("/usr/bin/stat", ["-f", "%u %p", path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string[] fields = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return fields is [var uid, var mode]
            ? From(uint.Parse(uid, CultureInfo.InvariantCulture), Convert.ToInt32(mode, 8))
            : null;
    }

    private static FileOwner From(uint uid, int mode) =>
        new(uid, (mode & TypeMask) == DirectoryType, (UnixFileMode)(mode & PermissionMask));
}
