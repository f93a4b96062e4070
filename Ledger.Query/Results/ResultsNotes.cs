namespace Ledger.Query.Results;

/// <summary>What a reader must know before quoting a number from a results table.</summary>
internal static class ResultsNotes
{
    public static IEnumerable<string> Of(ResultsTable table, bool wide = false)
    {
        var shown = ResultsColumns.Shown(table);
        var at = table.Attacks.Index().Where(column => wide || shown.Contains(column.Item)).Select(column => column.Index).ToList();
        var cells = table.Rows.SelectMany(row => at.Select(i => row.Attacks[i])).OfType<AttackedSpread>().ToList();
        if (cells.Exists(cell => cell.StraightThrough))
            yield return "† a quantized network, attacked through straight-through gradients only: stronger attacks may exist";
        if (cells.SelectMany(cell => cell.FlagCodes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } codes)
            yield return $"! flagged: {string.Join(", ", codes)}";
        if (shown.Any(attack => attack is { Attack: "fgsm" } or { Attack: "pgd", Restarts: null or 1 }))
            yield return "FGSM and PGD without restarts give an upper bound on robustness.";
        var worst = table.Rows.SelectMany(row => row.EachSeed).SelectMany(seed => at.Select(i => seed.Attacks[i])).Select(attack => attack?.AttacksInWorstCase).OfType<int>().ToList();
        if (worst.Count > 0)
            yield return $"Worst cases are taken example by example over {(worst.Min() == worst.Max() ? "" : $"{worst.Min()} to ")}{worst.Max()} attacks within one threat on the same examples.";
        foreach (var curve in wide ? [] : ResultsColumns.Curves(table).Select(curve => curve.ToList()))
            yield return $"{curve[0].Adversary} at {curve.Count} radii is a curve: ledger report {table.Experiment}";
        if (table.Rows.Any(row => row.Seeds.Count < table.Rows.Max(other => other.Seeds.Count)))
            yield return "Some rows rest on fewer seeds than others.";
        foreach (string why in LeftOut(table))
            yield return why;
        yield return $"Position {table.Position}.{(wide ? "" : $" Intervals and each seed: ledger results {table.Experiment} --wide")}";
    }

    /// <summary>Runs that are not in the table, or not in all of it, by reason.</summary>
    public static IEnumerable<string> LeftOut(ResultsTable table) =>
        table.LeftOut.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(left => $"Left out: {(left.Value == 1 ? "1 run" : $"{left.Value} runs")} ({left.Key}).");
}
