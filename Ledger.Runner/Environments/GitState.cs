using System.ComponentModel;
using System.Diagnostics;

namespace Ledger.Runner.Environments;

/// <summary>The commit a checkout is at, and whether tracked files differ from it.</summary>
internal sealed record GitState(string Commit, bool Dirty)
{
    private const int MostChanges = 4 << 20;

    /// <summary>Null outside a checkout, without git, or where git refuses to look.</summary>
    public static GitState? Of(string folder) =>
        Git(folder, "rev-parse", "HEAD") is { Length: > 0 } commit && Git(folder, "status", "--porcelain", "--untracked-files=no") is { } changes
            ? new GitState(commit, changes.Length > 0)
            : null;

    /// <summary>The tracked files' differences from the commit, as a patch; null where there are none to be had, or more than 4 MiB.</summary>
    public static byte[]? Changes(string folder) =>
        Git(folder, ReadPatch, "diff", "--binary", "--no-color", "--no-ext-diff", "HEAD") is { Length: > 0 and <= MostChanges } patch ? patch : null;

    private static byte[] ReadPatch(StreamReader output)
    {
        using var all = new MemoryStream();
        output.BaseStream.CopyTo(all);
        return all.ToArray();
    }

    private static string? Git(string folder, params IEnumerable<string> arguments) => Git(folder, output => output.ReadToEnd().Trim(), arguments);

    private static T? Git<T>(string folder, Func<StreamReader, T> read, params IEnumerable<string> arguments)
        where T : class
    {
        var start = new ProcessStartInfo("git", ["-C", folder, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            git.ErrorDataReceived += static (_, _) => { };
            git.BeginErrorReadLine();
            T output = read(git.StandardOutput);
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            // There is no git on this machine: an absence that is recorded as such.
            return null;
        }
    }
}
