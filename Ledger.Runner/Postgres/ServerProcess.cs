using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ledger.Runner.Postgres;

/// <summary>
/// What a lock file of Postgres says (<c>postmaster.pid</c>, or the one beside its socket), checked against the process of that number. A number is used again after a crash or a
/// reboot, so a live process alone proves nothing.
/// </summary>
/// <param name="SocketDirectory">Null while the server has not yet written it.</param>
/// <param name="IsServer">The process lives and is a Postgres of this data directory.</param>
/// <param name="IsStranger">The process lives and is something else: the file is stale, and Postgres would refuse to start.</param>
/// <param name="IsReady">It says that it accepts connections: not while it starts, recovers or stops.</param>
internal sealed record ServerProcess(int Pid, string? SocketDirectory, bool IsServer, bool IsStranger, bool IsReady)
{
    private const int SocketLine = 4;
    private const int StatusLine = 7;

    /// <summary>Null when there is no such file.</summary>
    public static ServerProcess? Read(string dataDirectory) => Read(PidFile(dataDirectory), dataDirectory);

    /// <summary>Null when there is no such file.</summary>
    public static ServerProcess? Read(string lockFile, string dataDirectory)
    {
        string[] lines = Lines(lockFile);
        if (lines.Length == 0 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out int pid))
        {
            return null;
        }

        bool alive = IsAlive(pid);
        bool server = alive && IsServerOf(dataDirectory, CommandLine(pid), WorkingDirectory(pid));
        string? socket = lines.ElementAtOrDefault(SocketLine) is { Length: > 0 } written ? written : null;
        return new ServerProcess(pid, socket, server, alive && !server, lines.ElementAtOrDefault(StatusLine)?.Trim() == "ready");
    }

    /// <summary>None where there is no file; a server that stops removes it at any moment.</summary>
    private static string[] Lines(string lockFile)
    {
        try
        {
            return File.ReadAllLines(lockFile);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    public static string PidFile(string dataDirectory) => Path.Combine(dataDirectory, "postmaster.pid");

    /// <summary>A postgres that was started with <c>-D</c> of this directory, or that works in it (a folder moved meanwhile).</summary>
    /// <param name="workingDirectory">Null when the system does not tell: for that, a container's root may lack the right.</param>
    public static bool IsServerOf(string dataDirectory, IReadOnlyList<string> commandLine, string? workingDirectory) =>
        commandLine is [var program, ..]
        && Path.GetFileName(program) is "postgres" or "postmaster"
        && (workingDirectory == dataDirectory || commandLine.Zip(commandLine.Skip(1)).Contains(("-D", dataDirectory)));

    public static bool IsAlive(int pid) =>
        Libc.Signal(pid, 0) == 0 || Marshal.GetLastPInvokeError() == Libc.PermissionDenied;

    internal static string[] CommandLine(int pid)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? File.ReadAllText($"/proc/{pid}/cmdline").Split('\0')
                : AskPs(pid);
        }
        catch (IOException)
        {
            return []; // It ended meanwhile.
        }
    }

    private static string? WorkingDirectory(int pid)
    {
        try
        {
            return OperatingSystem.IsLinux() ? new FileInfo($"/proc/{pid}/cwd").LinkTarget : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // ps joins the arguments with spaces; the data directory is the last one, whatever it contains.
    private static string[] AskPs(int pid)
    {
        using Process process = Process.Start(
            new ProcessStartInfo("/bin/ps", ["-ww", "-o", "command=", "-p", pid.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        string[] parts = process.StandardOutput.ReadToEnd().Trim().Split(" -D ", 2);
        process.WaitForExit();
        return parts is [var program, var directory] ? [program, "-D", directory] : parts;
    }
}
