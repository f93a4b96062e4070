using System.Diagnostics;
using Ledger.Runner.Postgres;
using Xunit;

namespace Ledger.Tests.Postgres;

/// <summary>
/// Another process that uses a ledger until it is killed: this test program, run with one explicit test as its body. It leads a
/// process group of its own, as a command typed at a terminal does.
/// </summary>
internal sealed class OtherCommand : IDisposable
{
    private readonly Process process;
    private readonly string ready;

    public OtherCommand(TemporaryLedger ledger, string name, IReadOnlyList<string>? prefix = null)
    {
        ready = Path.Combine(ledger.Working, name);
        // A script that runs the tests in the background has SIGINT ignored, and a child inherits that.
        process = Run([.. prefix ?? [], "env", "--default-signal=INT", "setsid", Program, "--explicit", "only", "--filter-class", typeof(OtherCommandBody).FullName!, "--results-directory", "/tmp"], start =>
        {
            start.Environment[OtherCommandBody.Folder] = ledger.Working;
            start.Environment[OtherCommandBody.Ready] = ready;
            start.Environment[PostgresSettings.IdleVariable] = "0";
        });
        Output = process.StandardOutput.ReadToEndAsync(TemporaryLedger.Stop);
    }

    /// <summary>This test program.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "Ledger.Tests");

    public int Pid => process.Id;

    /// <summary>Complete once nobody holds the pipe any more.</summary>
    public Task<string> Output { get; }

    public Task UsesTheLedger() => TemporaryLedger.Until(() => File.Exists(ready) || process.HasExited, $"the other command to use the ledger ({ready})");

    /// <summary>What a terminal does on Ctrl-C: to the whole group.</summary>
    public void CtrlC() => Assert.Equal(0, Libc.Signal(-Pid, Libc.Interrupt));

    public async Task KillNow()
    {
        process.Kill();
        await process.WaitForExitAsync(TemporaryLedger.Stop);
    }

    public static Process Run(IReadOnlyList<string> command, Action<ProcessStartInfo> configure)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardOutput = true, WorkingDirectory = "/" };
        configure(start);
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        process.Kill();
        process.Dispose();
    }
}

public sealed class OtherCommandBody
{
    public const string Folder = "LEDGER_TEST_OTHER_FOLDER";
    public const string Ready = "LEDGER_TEST_OTHER_READY";

    [Fact(Explicit = true)]
    public async Task Uses_the_ledger_until_it_is_killed()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Folder) is not null, "the body of another process; its test starts it");
        LedgerFolder folder = LedgerFolder.Find(Environment.GetEnvironmentVariable(Folder)!)!;
        await using EmbeddedPostgres postgres = await EmbeddedPostgres.Use(folder, Console.WriteLine, TestContext.Current.CancellationToken);
        string ready = Environment.GetEnvironmentVariable(Ready)!;
        await File.WriteAllTextAsync(ready + ".new", postgres.ConnectionString, TestContext.Current.CancellationToken);
        File.Move(ready + ".new", ready);
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }
}
