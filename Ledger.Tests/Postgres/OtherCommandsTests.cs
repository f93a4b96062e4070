using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;
using static Ledger.Tests.Postgres.TemporaryLedger;

namespace Ledger.Tests.Postgres;

/// <summary>What happens between processes. Run as root and as an ordinary user.</summary>
public sealed class OtherCommandsTests
{
    [Fact]
    public async Task Two_processes_at_once_on_a_fresh_folder_share_one_server()
    {
        await using TemporaryLedger ledger = new();
        using OtherCommand one = new(ledger, "one");
        using OtherCommand two = new(ledger, "two");
        await one.UsesTheLedger();
        await two.UsesTheLedger();
        string first = await File.ReadAllTextAsync(Path.Combine(ledger.Working, "one"), Stop);
        (await File.ReadAllTextAsync(Path.Combine(ledger.Working, "two"), Stop)).ShouldBe(first);
        await using EmbeddedPostgres here = await ledger.Use();
        here.ConnectionString.ShouldBe(first);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_command_that_started_the_server_and_not_the_server()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        using OtherCommand starter = new(ledger, "starter");
        await starter.UsesTheLedger();
        int pid = ledger.ServerPid;
        starter.CtrlC();
        await starter.Output;
        await using EmbeddedPostgres here = await ledger.Use();
        (await Ask<int>(here, "SELECT 1")).ShouldBe(1);
        ledger.ServerPid.ShouldBe(pid);
    }

    [Fact]
    public async Task Kill_9_of_the_starter_leaves_the_server_and_neither_a_lock_nor_an_open_pipe()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        using OtherCommand starter = new(ledger, "starter");
        await starter.UsesTheLedger();
        await starter.KillNow();
        ledger.ServerPid.ShouldBeGreaterThan(0);
        await starter.Output.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await EmbeddedPostgres.Stop(ledger.Folder, Stop)).ShouldBeTrue();
    }

    [Fact]
    public async Task After_kill_9_of_everything_the_next_command_goes_on()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        using OtherCommand starter = new(ledger, "starter");
        await starter.UsesTheLedger();
        int server = ledger.ServerPid;
        int[] everything = [.. Processes().Where(p => p.Parent == server).Select(p => p.Pid), server];
        everything.Length.ShouldBeGreaterThan(3);
        await starter.KillNow();
        foreach (int pid in everything)
        {
            _ = Libc.Signal(pid, Libc.Kill);
        }

        await using EmbeddedPostgres here = await ledger.Use();
        (await Ask<int>(here, "SELECT 1")).ShouldBe(1);
        ledger.ServerPid.ShouldNotBe(server);
    }

    // Of /proc/PID/stat, what follows the parenthesised name: state, parent, group, session.
    internal static IEnumerable<(int Pid, int Parent, int Session)> Processes() =>
        from folder in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), out _)
        let stat = Stat(folder)
        where stat.Length > 3
        select (int.Parse(Path.GetFileName(folder)), int.Parse(stat[1]), int.Parse(stat[3]));

    private static string[] Stat(string folder)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(folder, "stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
