using Ledger.Runner.Executor;
using Ledger.Runner.Postgres;

namespace Ledger.Runner.Bench.Kills;

/// <summary>What of a running experiment is killed.</summary>
public enum Victim
{
    /// <summary>The process that records; its executors find their pipe closed.</summary>
    Ledger,

    /// <summary>A process that computes: the one kill that a run sees as a failed step.</summary>
    Executor,

    /// <summary>One server process of Postgres: all connections are lost, and Postgres recovers by itself.</summary>
    Backend,

    /// <summary>Postgres's first process: nothing brings it back but the next command.</summary>
    Postmaster,
}

/// <summary>Finds who is to be killed among the processes of this machine, as <c>/proc</c> shows them.</summary>
internal static class Victims
{
    /// <summary>Those there are just now; none when there is none yet, or none any more.</summary>
    public static IReadOnlyList<int> Of(Victim victim, LedgerCommand command, ScratchLedger ledger) => victim switch
    {
        Victim.Ledger => [command.Pid],
        Victim.Executor => Executors(command.Pid),
        Victim.Postmaster => ledger.Postmaster is { } server ? [server] : [],
        _ => ledger.Postmaster is { } server ? [.. ChildrenOf(server).Where(IsBackend)] : [],
    };

    public static IReadOnlyList<int> Executors(int command) => [.. ChildrenOf(command).Where(IsExecutor)];

    public static bool IsExecutor(int process) => ServerProcess.CommandLine(process).Contains(ExecutorSettings.Verb, StringComparer.Ordinal);

    // Postgres writes into its command line what the process serves: "postgres: ledger ledger [local] idle".
    private static bool IsBackend(int process) => ServerProcess.CommandLine(process) is [var title, ..] && title.Contains(" [local] ", StringComparison.Ordinal);

    private static IEnumerable<int> ChildrenOf(int parent) =>
        from folder in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), out _) && Parent(folder) == parent
        select int.Parse(Path.GetFileName(folder));

    // Of /proc/PID/stat, what follows the parenthesised name: state, parent.
    private static int? Parent(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return null; // It ended meanwhile.
        }
    }
}
