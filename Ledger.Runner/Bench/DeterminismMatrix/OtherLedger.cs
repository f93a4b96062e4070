using System.Diagnostics;
using Ledger.Runner.Executor;

namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>This program once more, as a process of its own with other variables.</summary>
internal static class OtherLedger
{
    private const int Failed = 1;

    /// <summary>A replay that does not hold is a result; anything else that goes wrong is not.</summary>
    /// <exception cref="InvalidOperationException">It could not do what it was asked.</exception>
    public static async Task Run(
        IReadOnlyList<string> arguments, string folder, string artifacts, IReadOnlyDictionary<string, string> variables, CancellationToken stop)
    {
        var start = ExecutorSettings.OwnProgram();
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.WorkingDirectory = folder;
        start.Environment[LedgerHome.ArtifactsVariable] = artifacts;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var (output, remarks) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        try
        {
            await process.WaitForExitAsync(stop);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        await output;
        if (process.ExitCode > Failed)
            throw new InvalidOperationException($"ledger {string.Join(' ', arguments.Take(2))} ended with {process.ExitCode}: {await remarks}");
    }
}
