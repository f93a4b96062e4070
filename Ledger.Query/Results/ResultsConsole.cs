using Ledger.Query.Runs;
using Spectre.Console;

namespace Ledger.Query.Results;

/// <summary>A results table in words: at home in 100 columns.</summary>
public static class ResultsConsole
{
    /// <summary>Mean and deviation over seeds, with what one has to know to read them.</summary>
    public static void Render(IAnsiConsole console, ResultsTable table)
    {
        if (table.Rows.Count == 0)
        {
            console.WriteLine($"{table.Experiment}: no results {(table.LeftOut.Count == 0 ? "yet" : "that count")} at position {table.Position}.");
            foreach (string why in ResultsNotes.LeftOut(table))
                console.WriteLine(why);
            return;
        }

        PlainTables.Heading(console, Title(table));
        var columns = ResultsColumns.Of(table);
        PlainTables.Write(console, [.. columns.Select(column => column.Heading)], table.Rows.Select(row => columns.Select(column => column.Cell(row)).ToArray()));
        foreach (string note in ResultsNotes.Of(table))
            console.WriteLine(note);
    }

    /// <summary>Each seed and attack by itself, with its 95 % interval.</summary>
    public static void RenderWide(IAnsiConsole console, ResultsTable table)
    {
        PlainTables.Heading(console, $"{table.Experiment} · each seed · accuracy in % · 95 % intervals (Wilson)");
        int letters = RunIds.Enough(table.Rows.SelectMany(row => row.EachSeed.Select(seed => seed.Run)));
        string[] columns = [.. table.Axes, .. table.SeveralModels ? ["network"] : Array.Empty<string>(), ">seed", "run", "attack", ">clean", ">robust", ">interval", ">n"];
        PlainTables.Write(console, columns, table.Rows.SelectMany(row => row.EachSeed.SelectMany(seed => Lines(table, row, seed, letters))));
        foreach (string note in ResultsNotes.Of(table, wide: true))
            console.WriteLine(note);
    }

    private static IEnumerable<string> Place(ResultsTable table, ResultsRow row) =>
    [
        .. table.Axes.Select(axis => row.Point.TryGetValue(axis, out string? label) ? label : "–"),
        .. table.SeveralModels ? [row.ModelStep] : Array.Empty<string>(),
    ];

    private static IEnumerable<string[]> Lines(ResultsTable table, ResultsRow row, SeedResult seed, int letters)
    {
        string[] place = [.. Place(table, row), $"{seed.Seed}", seed.Run[..letters]];
        var attacks = seed.Attacks.OfType<RobustnessRow>().ToList();
        if (attacks.Count == 0)
            yield return [.. place, "–", Numbers.Percent(seed.CleanAccuracyFull, null), "–", "–", seed.CleanExamplesFull is { } n ? $"{n}" : "–"];
        foreach (var attack in attacks)
        {
            yield return
            [
                .. place, $"{attack.Label} {attack.EpsAsWritten}{(attack is { Gradient: "straight-through", WorstCase: false } ? " †" : "")}{(attack.Flags > 0 ? " !" : "")}",
                Numbers.Percent(attack.CleanAccuracy, null), Numbers.Percent(attack.RobustAccuracy, null),
                $"{100 * attack.RobustLow:0.0} – {100 * attack.RobustHigh:0.0}", $"{attack.Examples}",
            ];
        }
    }

    internal static string Title(ResultsTable table)
    {
        int seeds = table.Rows.Max(row => row.Seeds.Count);
        var shown = ResultsColumns.Shown(table);
        var identities = shown.Select(attack => attack.Identity).ToHashSet(StringComparer.Ordinal);
        var attacked = table.Rows.SelectMany(row => row.EachSeed).SelectMany(seed => seed.Attacks).OfType<RobustnessRow>().Where(row => identities.Contains(row.Identity)).ToList();
        string over = seeds > 1 ? $"mean ± std over {seeds} seeds" : "1 seed";
        return string.Join(" · ", new[] { table.Experiment, table.Scale ?? "", over, "accuracy in %", Examples(attacked), Threats(shown) }.Where(part => part.Length > 0));
    }

    private static string Examples(IReadOnlyList<RobustnessRow> attacked)
    {
        var sets = attacked.Select(row => (row.Split, row.Examples)).Distinct().ToList();
        return sets.Count switch { 0 => "", 1 => $"{sets[0].Examples} {sets[0].Split} images", _ => $"{sets.Min(set => set.Examples)} to {sets.Max(set => set.Examples)} images" };
    }

    private static string Threats(IReadOnlyList<AttackColumn> attacks) => string.Join("; ", attacks.GroupBy(attack => attack.EpsSpace, StringComparer.Ordinal)
        .Select(space => $"{string.Join(" and ", space.Select(attack => attack.Threat).Distinct(StringComparer.Ordinal))} in {AttackLabels.Space(space.Key)}"));
}
