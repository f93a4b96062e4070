using Spectre.Console;

namespace Ledger.Query.Runs;

/// <summary>Reproduced, of how many, when last.</summary>
public static class CountReplaysConsole
{
    public static void Show(IAnsiConsole console, ReplayCounts counts)
    {
        if (counts.Counts.Count == 0)
        {
            console.WriteLine("No run has come to its end yet.");
            return;
        }

        PlainTables.Write(
            console, ["experiment", ">reproduced", ">of", ">replayed", ">close", ">diverged", ">not comparable", "last (UTC)"],
            counts.Counts.Select(c => (string[])[c.Experiment, $"{c.Reproduced}", $"{c.Runs}", $"{c.Replayed}", $"{c.Close}", $"{c.Diverged}", $"{c.NotComparable}", c.LastAt is null ? "never" : Numbers.Time(c.LastAt)]));
        if (counts.Apart.Count == 0)
            return;
        PlainTables.Heading(console, "not identical when last replayed");
        PlainTables.Write(
            console, ["experiment", "original", "replay", "verdict", "environment"],
            counts.Apart.Select(a => (string[])[a.Experiment, a.Original, a.Replay, a.Verdict, a.SameClass ? "the same class" : "another class"]));
    }
}
