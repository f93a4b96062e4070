using Ledger.Domain.Experiments;

namespace Ledger.Query.Results;

/// <param name="Heading">Begins with <c>&gt;</c> when the column stands to the right.</param>
internal sealed record ShownColumn(string Heading, Func<ResultsRow, string> Cell);

/// <summary>
/// What a results table shows: the columns the experiment asks for, or the usual ones. Axes that tell rows apart are shown in any case;
/// an attack at more than a handful of radii is a curve, not that many columns.
/// </summary>
internal static class ResultsColumns
{
    private const int MostRadii = 4;

    public static IReadOnlyList<ShownColumn> Of(ResultsTable table, bool everyAttack = false)
    {
        if (table.Show is not { } show)
            return [.. Rows(table), Clean, .. Attacks(table).Select(attack => Robust(table, attack)), .. Usual(["parameters", "bytes", "macs", "latency"])];
        var columns = show.Table.Where(column => column.Kind != "axis").SelectMany(column => Asked(table, column)).ToList();
        var unseen = everyAttack ? Attacks(table).Except(show.Table.SelectMany(column => Named(table, column))) : [];
        int after = columns.FindLastIndex(column => column.Heading == Clean.Heading || table.Attacks.Any(attack => $">{attack.Label}" == column.Heading));
        columns.InsertRange(after + 1, unseen.Select(attack => Robust(table, attack)));
        return [.. Rows(table), .. columns];
    }

    /// <summary>The recorded metrics that the usual columns show, or that are their intervals.</summary>
    public static IReadOnlyList<string> Recorded { get; } =
        ["accuracy", "clean_accuracy", "clean_low", "clean_high", "examples", "parameters", "size_bytes", "macs", "latency_ms_p50", "latency_batch", "latency_threads"];

    /// <summary>The columns that tell the rows apart.</summary>
    public static IReadOnlyList<ShownColumn> Rows(ResultsTable table) => [.. Place(table, Axes(table))];

    /// <summary>The attacks that have a column.</summary>
    public static IReadOnlyList<AttackColumn> Shown(ResultsTable table) =>
        table.Show is { } show ? [.. show.Table.SelectMany(column => Named(table, column)).Distinct()] : Attacks(table);

    /// <summary>Attacks at so many radii that they are shown as curves.</summary>
    public static IReadOnlyList<IGrouping<string, AttackColumn>> Curves(ResultsTable table, int more = MostRadii) =>
        [.. table.Attacks.GroupBy(attack => attack.Curve, StringComparer.Ordinal).Where(curve => curve.Count() > more)];

    /// <summary>A spread in its unit: fractions become percent, large counts get a letter.</summary>
    public static string Text(Spread? spread, string unit) => (spread, unit) switch
    {
        (null, _) => "–",
        ({ } s, "fraction") => Numbers.Percent(s.Mean, s.Deviation),
        ({ } s, "count") => Numbers.Count(s.Mean),
        ({ } s, "bytes") => Numbers.Count(s.Mean, "B"),
        ({ Deviation: { } deviation } s, _) => $"{Numbers.Significant(s.Mean)} ± {Numbers.Significant(deviation)}",
        ({ } s, _) => Numbers.Significant(s.Mean),
    };

    private static ShownColumn Clean { get; } = new(">clean", row => Numbers.Percent(row.Clean?.Mean, row.Clean?.Deviation));

    private static IReadOnlyList<AttackColumn> Attacks(ResultsTable table) => [.. table.Attacks.Except(Curves(table).SelectMany(curve => curve))];

    private static IEnumerable<ShownColumn> Place(ResultsTable table, IEnumerable<string> axes) =>
    [
        .. axes.Select(axis => new ShownColumn(axis, row => row.Point.GetValueOrDefault(axis, "–"))),
        .. table.SeveralModels ? [new ShownColumn("network", row => row.ModelStep)] : Array.Empty<ShownColumn>(),
    ];

    private static IEnumerable<string> Axes(ResultsTable table)
    {
        if (table.Show is not { } show)
            return table.Axes;
        string[] asked = [.. show.Table.Where(column => column.Kind == "axis").Select(column => column.Name)];
        return [.. asked, .. table.Axes.Except(asked, StringComparer.Ordinal).Where(axis => Labels(table, axis) > 1)];
    }

    private static int Labels(ResultsTable table, string axis) => table.Rows.Select(row => row.Point.GetValueOrDefault(axis, "")).Distinct(StringComparer.Ordinal).Count();

    private static ShownColumn Robust(ResultsTable table, AttackColumn attack)
    {
        int at = table.Attacks.Index().First(column => column.Item == attack).Index;
        return new ShownColumn($">{attack.Label}", row => row.Attacks[at] is { } cell ? Numbers.Percent(cell.Mean, cell.Deviation) + Mark(cell) : "–");
    }

    private static string Mark(AttackedSpread attack) => (attack.StraightThrough ? " †" : "") + (attack.FlagCodes.Count > 0 ? " !" : "");

    private static IEnumerable<ShownColumn> Asked(ResultsTable table, ShowColumn column) => column.Kind switch
    {
        "robust" => Named(table, column).Select(attack => Robust(table, attack)),
        "metric" when column.Name is "accuracy" => [Clean],
        "metric" when Usual([column.Name]).ToList() is { Count: > 0 } usual => usual,
        "metric" => table.Metrics.Keys.Where(name => IsOf(name, column.Name)).Select(name => Named(table, name)),
        _ => [Named(table, column.Name)],
    };

    private static IEnumerable<AttackColumn> Named(ResultsTable table, ShowColumn column)
    {
        if (column.Kind != "robust")
            return [];
        string[] parts = column.Name.Split('@', 2);
        var named = table.Attacks.Where(attack => parts[0] == ShowColumn.WorstCase ? attack.WorstCase : attack.Adversary == parts[0] && !attack.WorstCase).ToList();
        return parts.Length == 2 ? named.Where(attack => attack.EpsAsWritten == parts[1]) : named.Intersect(Attacks(table));
    }

    private static IEnumerable<ShownColumn> Usual(IEnumerable<string> names) => names.SelectMany(name => name switch
    {
        "parameters" => [new ShownColumn(">params", row => Numbers.Count(row.Parameters))],
        "bytes" => [new ShownColumn(">bytes", row => Numbers.Count(row.SizeBytes, "B"))],
        "macs" => [new ShownColumn(">MACs", row => Numbers.Count(row.Macs))],
        "latency" => [new ShownColumn(">CPU ms/img", row => Numbers.Significant(row.LatencyMsPerExample))],
        _ => Array.Empty<ShownColumn>(),
    });

    private static ShownColumn Named(ResultsTable table, string name) =>
        new($">{name}{(table.Metrics.GetValueOrDefault(name) == "fraction" ? " %" : "")}", row => Text(row.Values.GetValueOrDefault(name), table.Metrics.GetValueOrDefault(name, "")));

    /// <summary>What measuring <c>condition-number</c> records begins with <c>condition_number</c>.</summary>
    private static bool IsOf(string recorded, string measured) =>
        recorded == Snake(measured) || recorded.StartsWith(Snake(measured) + "_", StringComparison.Ordinal);

    private static string Snake(string measured) => measured.Replace('-', '_');
}
