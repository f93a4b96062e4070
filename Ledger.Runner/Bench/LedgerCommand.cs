using System.Diagnostics;
using Ledger.Runner.Postgres;

namespace Ledger.Runner.Bench;

/// <summary>One command of <c>ledger</c> as a process of its own; killed when disposed of before its end.</summary>
public sealed class LedgerCommand : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    /// <param name="verb">What is typed after <c>ledger</c>.</param>
    /// <param name="directory">Where it is typed.</param>
    /// <param name="variables">Set besides those of this process.</param>
    public LedgerCommand(IReadOnlyList<string> verb, string directory, IReadOnlyDictionary<string, string> variables)
    {
        Verb = verb;
        var start = new ProcessStartInfo(OwnProgram.Command[0], [.. OwnProgram.Command.Skip(1), .. verb])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(LedgerHome.PostgresVariable);
        start.Environment.Remove(LedgerHome.ArtifactsVariable);
        start.Environment[PostgresSettings.IdleVariable] = "0";
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        process = Process.Start(start)!;
        (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public IReadOnlyList<string> Verb { get; }

    public int Pid => process.Id;

    /// <summary>By the stopwatch.</summary>
    public long Began { get; } = Stopwatch.GetTimestamp();

    public bool HasEnded => process.HasExited;

    /// <summary>Whether it ended within the time.</summary>
    public async Task<bool> EndsWithin(TimeSpan time, CancellationToken stop)
    {
        var end = process.WaitForExitAsync(stop);
        return await Task.WhenAny(end, Task.Delay(time, stop)) == end;
    }

    public async Task<CommandEnd> Ended(CancellationToken stop)
    {
        await process.WaitForExitAsync(stop);
        return new CommandEnd(Verb, process.ExitCode, await output + await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}

/// <summary>How a command ended.</summary>
/// <param name="Said">All it printed.</param>
public sealed record CommandEnd(IReadOnlyList<string> Verb, int ExitCode, string Said)
{
    public const int OfSigkill = 137;

    /// <summary>What is wrong with the end itself; null: it may end so when something was killed.</summary>
    public string? Fault => (ExitCode, Said.Contains("\n   at ", StringComparison.Ordinal) || Said.Contains("A fault of this program", StringComparison.Ordinal)) switch
    {
        (not (0 or 1 or OfSigkill), _) => $"'ledger {string.Join(' ', Verb)}' ended with exit code {ExitCode}, expected 0 or 1:\n{Said}",
        (_, true) => $"'ledger {string.Join(' ', Verb)}' ended with a fault of the program where a message was expected:\n{Said}",
        _ => null,
    };
}
