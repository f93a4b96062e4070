using System.ComponentModel;
using System.Diagnostics;

namespace Ledger.Runner.Environments;

/// <summary>The commit a checkout is at, and whether tracked files differ from it.</summary>
internal sealed record GitState(string Commit, bool Dirty)
{
    /// <summary>Null outside a checkout, without git, or where git refuses to look.</summary>
    public static GitState? Of(string folder) =>
        Git(folder, "rev-parse", "HEAD") is { Length: > 0 } commit && Git(folder, "status", "--porcelain", "--untracked-files=no") is { } changes
            ? new GitState(commit, changes.Length > 0)
            : null;

    private static string? Git(string folder, params IEnumerable<string> arguments)
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
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            // There is no git on this machine: an absence that is recorded as such.
            return null;
        }
    }
}
