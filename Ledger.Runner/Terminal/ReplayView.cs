using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Query;
using Ledger.Runner.Replays;
using Ledger.Runner.Runs;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary>What a person sees after <c>ledger replay</c>: verdicts, where and how far results part, and what else is different.</summary>
internal static class ReplayView
{
    /// <returns>The exit code: 0 if the level asked for holds, else 1.</returns>
    public static int Show(Edge edge, ReplayReport report, bool json)
    {
        if (json)
            edge.WriteJson(new { report.Asked, report.Holds, Replays = report.Replays.Select(Json) });
        else if (report.Replays.Count == 1)
            One(edge.Console, report.Replays[0]);
        else
            Several(edge.Console, report.Replays);
        return report.Holds ? 0 : 1;
    }

    /// <returns>1 when the two part, else 0.</returns>
    public static int Show(Edge edge, Parting parting, bool json)
    {
        if (json)
            edge.WriteJson(parting);
        else if (parting.Step is null)
            edge.Console.WriteLine($"every step that both have is the same ({parting.Compared} comparisons)");
        else
        {
            PlainTables.Heading(edge.Console, $"{parting.Mine} and {parting.Theirs} part at {parting.Step}, {parting.Where}");
            PlainTables.Facts(
                edge.Console,
                ("max |Δ|", parting.MaxAbsDifference is null ? null : Ledger.Query.Numbers.Significant(parting.MaxAbsDifference)),
                ("max ulp", parting.MaxUlpDifference?.ToString()),
                ("compared", $"{parting.Compared}"),
                ("tensor", parting.TensorMissing ? "not in the records; --replay computes the step again in both to find it" : null));
            if (parting.Why.Count == 0)
                edge.Console.WriteLine("Configuration, seeds, inputs, code and class of environment of that step are the same.");
            else
                PlainTables.Write(edge.Console, ["field of its key", "first", "second"], parting.Why.Select(field => (string[])[field.Path, field.Mine ?? "–", field.Theirs ?? "–"]));
        }

        return parting.Step is null ? 0 : 1;
    }

    private static void One(IAnsiConsole console, Replayed replayed)
    {
        PlainTables.Heading(console, $"replay {replayed.Replay.Run} of {replayed.Original.Run}: {replayed.Judged.Verdict}");
        PlainTables.Write(console, ["step", "kind", "verdict", ">max |Δ|", ">max ulp", "first difference"], replayed.Replay.Plan.Steps.Select(step => Row(step, replayed.Replay.Steps[step.Path])));
        Causes(console, [replayed]);
    }

    private static void Several(IAnsiConsole console, IReadOnlyList<Replayed> replays)
    {
        PlainTables.Write(console, ["original", "replay", "run", "verdict", "first difference"], replays.Select(replayed => (string[])
        [
            replayed.Original.Run, replayed.Replay.Run, RunLabel.Of(replayed.Original.Plan.Point, replayed.Original.Plan.Seed), replayed.Judged.Verdict,
            replayed.Judged.FirstDivergentStep is { } step ? $"{step}: {replayed.Replay.Steps[step].Compared?.FirstDifference}" : "",
        ]));
        Causes(console, replays);
        console.WriteLine(string.Join(", ", replays.CountBy(replayed => replayed.Verdict).OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key.Name()}")) + $" of {replays.Count}");
    }

    private static void Causes(IAnsiConsole console, IReadOnlyList<Replayed> replays)
    {
        var causes = replays.SelectMany(replayed => replayed.Judged.Causes).Distinct(StringComparer.Ordinal).ToList();
        var apart = replays.Where(replayed => replayed.Verdict != ReplayVerdict.Identical).ToList();
        if (apart.Count == 0)
            return;
        console.WriteLine();
        if (causes.Count == 0)
            console.WriteLine("Environment, code and data are the same as then: this should not be. ledger show gives both runs.");
        else
            PlainTables.Heading(console, "what else is different");
        foreach (var cause in causes)
            console.WriteLine($"  {cause}");
    }

    private static string[] Row(PlannedStep plan, StepState step) =>
    [
        plan.Path, plan.Kind, step.Compared?.Verdict ?? "–", Ledger.Query.Numbers.Significant(step.Compared?.MaxAbsDifference), step.Compared?.MaxUlpDifference?.ToString() ?? "–",
        step.Compared?.FirstDifference ?? "",
    ];

    private static object Json(Replayed replayed) => new
    {
        Original = replayed.Original.Run,
        Replay = replayed.Replay.Run,
        replayed.Judged.Verdict,
        replayed.Judged.FirstDivergentStep,
        replayed.Judged.Causes,
        Steps = replayed.Replay.Steps.Values.Select(step => step.Compared).OfType<StepCompared>(),
    };
}
