using System.Diagnostics;

namespace Ledger.Tests.Export;

/// <summary>A Python with PyTorch on this machine, if there is one. What it runs knows nothing of this project.</summary>
internal static class PythonTorch
{
    private const string Probe = "import torch; print('torch', torch.__version__)";

    private static readonly Lazy<string?> Found = new(() =>
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => TryRun(python, [Probe]) is { ExitCode: 0 }));

    /// <summary>The interpreter, or null.</summary>
    public static string? Interpreter => Found.Value;

    /// <summary>Runs a program and gives what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var (exitCode, output) = TryRun(Interpreter!, [program, .. arguments])!.Value;
        return exitCode == 0 ? output : throw new InvalidOperationException(output);
    }

    private static (int ExitCode, string Output)? TryRun(string python, string[] arguments)
    {
        // -B: no __pycache__ in the exported folders.
        var start = new ProcessStartInfo(python, ["-B", "-c", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + (process.ExitCode == 0 ? "" : errors.Result));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
