using System.Diagnostics;
using System.Globalization;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Executor;

/// <summary>What an executor process is started with. Executors with equal settings are interchangeable.</summary>
/// <param name="Threads">Threads torch may use.</param>
public sealed record ExecutorSettings(int Threads)
{
    public const string Verb = "execute-steps";

    // The child computes and nothing else: it must not be able to reach the database.
    private static readonly string[] Withheld = ["LEDGER_POSTGRES", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGDATABASE", "PGSERVICE"];

    /// <param name="logFolder">Where a report goes if the child crashes.</param>
    public ProcessStartInfo Command(string readHandle, string writeHandle, string logFolder)
    {
        var start = OwnProgram();
        foreach (var argument in (string[])[Verb, readHandle, writeHandle, Threads.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        foreach (var name in Withheld)
            start.Environment.Remove(name);
        start.Environment["OMP_NUM_THREADS"] = start.Environment["MKL_NUM_THREADS"] = Threads.ToString(CultureInfo.InvariantCulture);
        // OMP_DYNAMIC=true made two-thread runs spin for minutes.
        start.Environment.Remove("OMP_DYNAMIC");
        CrashReport.AskFor(start.Environment, logFolder);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        return start;
    }

    /// <summary>This program again: through <c>dotnet ledger.dll</c> when that is how it was started, or from the tests.</summary>
    internal static ProcessStartInfo OwnProgram()
    {
        var assembly = typeof(ExecutorSettings).Assembly.Location;
        var start = new ProcessStartInfo(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet");
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(assembly);
        return start;
    }
}

/// <summary>What the exit code of a dead executor means.</summary>
public static class ExecutorExit
{
    private const int SignalBase = 128;

    public static string Code(int exit, bool oomKilled) => (exit - SignalBase) switch
    {
        9 when oomKilled => FailureCodes.OutOfMemory,
        9 or 15 => FailureCodes.Killed,
        _ => FailureCodes.Aborted,
    };

    public static string Describe(int exit) => (exit - SignalBase) switch
    {
        4 => "SIGILL (an instruction this CPU does not have)",
        6 => "SIGABRT (native code aborted)",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV (native code crashed)",
        15 => "SIGTERM",
        _ => $"exit code {exit}",
    };
}
