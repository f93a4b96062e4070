using Spectre.Console;

namespace Ledger.Query.Runs;

internal static class ListRunsConsole
{
    public static void Show(IAnsiConsole console, RunList list)
    {
        if (list.Runs.Count == 0)
        {
            console.WriteLine("No runs.");
            return;
        }

        int letters = RunIds.Enough(list.Runs.Select(run => run.Run));
        bool several = list.Runs.Select(run => run.Experiment).Distinct(StringComparer.Ordinal).Skip(1).Any();
        string[] columns = ["run", .. several ? ["experiment"] : Array.Empty<string>(), ">#", "point", ">seed", "state", ">steps", ">reused", ">flags", "started (UTC)", ">took"];
        PlainTables.Write(console, columns, list.Runs.Select(run => Row(run, letters, several)));
        console.WriteLine($"{Of(list.Runs.Count, "run")} · position {list.Position}");
    }

    internal static string Point(IReadOnlyDictionary<string, string> point) =>
        point.Count == 0 ? "–" : string.Join(" · ", point.OrderBy(axis => axis.Key, StringComparer.Ordinal).Select(axis => axis.Value));

    internal static string Of(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string[] Row(RunRow run, int letters, bool several) =>
    [
        run.Run[..Math.Min(letters, run.Run.Length)],
        .. several ? [run.Experiment ?? "–"] : Array.Empty<string>(),
        $"{run.Number}",
        Point(run.Point),
        $"{run.Seed}",
        State(run),
        $"{run.StepsCompleted + run.StepsReused}/{run.Steps}",
        run.StepsReused == 0 ? "" : $"{run.StepsReused}",
        run.Flags == 0 ? "" : $"{run.Flags}",
        Numbers.Minute(run.StartedAt),
        Numbers.Duration(run.EndedAt - run.StartedAt),
    ];

    internal static string State(RunRow run) => run switch
    {
        { Retracted: true } => "retracted",
        { SupersededBy: not null } => "superseded",
        { ReplayOf: not null } => $"replay: {run.ReplayVerdict ?? run.State}",
        _ => run.State,
    };
}
