using System.Diagnostics;
using System.Globalization;
using Ledger.Runner.Postgres;

namespace Ledger.Runner.Bench.Kills;

/// <summary>
/// Runs the experiment of a scratch ledger while processes of it are killed with SIGKILL, until so many kills are made, and then to its end.
/// Who is killed and when is drawn from the seed; what it hits is chance, and not the same twice.
/// <para>What goes on after a kill is <c>ledger resume</c> or <c>ledger run</c>, by lot. An executor that is killed is a failed step, as it would
/// be had the kernel done it, so its run ends as failed; <c>ledger run</c> then plans a new run of the same point and seed. An experiment that is at
/// its end before the kills are is carried out once more (<c>--again</c>). Three kills of four wait until the command computes, the fourth may also
/// hit its beginning.</para>
/// </summary>
internal sealed class KillLoop(ScratchLedger ledger, Witness witness, Random random, TimeSpan span, TextWriter output)
{
    private const int CommandsPerKill = 10;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20), LongestDeath = TimeSpan.FromSeconds(30);

    private readonly Stack<Victim> victims = [];
    private readonly HashSet<int> executors = [];
    private readonly List<string> faults = [];
    private int made;

    private string[] Run => ["run", ledger.ExperimentFile];

    /// <returns>What went wrong; empty when the experiment came to its end.</returns>
    public async Task<IReadOnlyList<string>> CarryOut(int kills, CancellationToken stop)
    {
        var next = Run;
        for (var commands = 1; made < kills; commands++)
        {
            using var command = ledger.Start(next, KillsExperiment.SavedOften);
            while (made < kills && await Disturb(command, kills, stop))
            {
            }

            var end = await End(command, stop);
            if (commands == kills * CommandsPerKill)
                return [.. faults, $"{commands} commands ended before they could be disturbed {kills} times; the last said:\n{end.Said}"];
            next = end is { ExitCode: 0, Verb: ["run", ..] } ? [.. Run, "--again"] : random.Next(2) == 0 ? ["resume"] : Run;
        }

        await Finish(stop);
        return faults;
    }

    /// <summary>Kills once, after a while; false when the command is over, by itself or by that.</summary>
    private async Task<bool> Disturb(LedgerCommand command, int kills, CancellationToken stop)
    {
        if (random.Next(4) > 0 && !await Computes(command, stop))
            return false;
        var after = span * random.NextDouble();
        if (await command.EndsWithin(after, stop))
            return false;
        await witness.Look(stop);
        executors.UnionWith(Victims.Executors(command.Pid));
        var victim = Next();
        while (!command.HasEnded)
        {
            var there = Victims.Of(victim, command, ledger);
            if (there.Count > 0 && there[random.Next(there.Count)] is var process && Libc.Signal(process, Libc.Kill) == 0)
            {
                made++;
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"kill {made} of {kills}: {victim.ToString().ToLowerInvariant()} {process}, {Stopwatch.GetElapsedTime(command.Began).TotalSeconds:0.0} s into 'ledger {command.Verb[0]}', {witness.Seen} events seen"));
                return victim != Victim.Ledger;
            }

            await Task.Delay(Look, stop);
        }

        victims.Push(victim);
        return false;
    }

    private static async Task<bool> Computes(LedgerCommand command, CancellationToken stop)
    {
        while (!command.HasEnded && Victims.Executors(command.Pid).Count == 0)
            await Task.Delay(Look, stop);
        return !command.HasEnded;
    }

    /// <summary>Each once in four kills, in an order by lot.</summary>
    private Victim Next()
    {
        if (victims.Count == 0)
        {
            var all = Enum.GetValues<Victim>();
            random.Shuffle(all);
            foreach (var victim in all)
                victims.Push(victim);
        }

        return victims.Pop();
    }

    /// <summary>Nobody is killed any more: what is open is resumed, what failed is run again, and then there is nothing left.</summary>
    private async Task Finish(CancellationToken stop)
    {
        foreach (var (verb, expected) in new (string[] Verb, Func<CommandEnd, bool> Expected)[]
        {
            (["resume"], end => end.ExitCode is 0 or 1),
            (Run, end => end.ExitCode == 0),
            (["resume"], end => end is { ExitCode: 0 } && end.Said.Contains("nothing to resume", StringComparison.Ordinal)),
        })
        {
            using var command = ledger.Start(verb, KillsExperiment.SavedOften);
            var end = await End(command, stop);
            if (!expected(end))
                faults.Add($"undisturbed, 'ledger {string.Join(' ', verb)}' did not come to the end:\n{end.Said}");
        }

        await NobodyIsLeft(stop);
    }

    private async Task<CommandEnd> End(LedgerCommand command, CancellationToken stop)
    {
        var end = await command.Ended(stop);
        if (end.Fault is { } fault)
            faults.Add(fault);
        return end;
    }

    /// <summary>An executor dies with the process that records.</summary>
    private async Task NobodyIsLeft(CancellationToken stop)
    {
        for (var waited = TimeSpan.Zero; executors.Any(Victims.IsExecutor) && waited < LongestDeath; waited += Look)
            await Task.Delay(Look, stop);
        faults.AddRange(executors.Where(Victims.IsExecutor).Select(process => $"executor {process} outlived the process that had started it"));
    }
}
