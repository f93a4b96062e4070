using Ledger.Domain.Experiments;

namespace Ledger.Domain.Checks;

/// <summary>Why a claim cannot be tested; caught where claims are judged.</summary>
internal sealed class Untestable(string reason) : Exception(reason);

/// <summary>
/// The rows one claim is about, found in results or, to see beforehand whether there will be any, in the rows a specification promises.
/// It remembers what was promised and is not there.
/// </summary>
/// <param name="seed">Of everything drawn at random for the claim.</param>
internal sealed class Scope(Check check, CheckData data, bool beforehand, ulong seed)
{
    private readonly List<string> _leftOut = [];
    private readonly List<CheckRow> _touched = [];

    public Check Check => check;

    public ulong Seed => seed;

    public IReadOnlyDictionary<string, ExampleResults> Outcomes => data.Outcomes;

    /// <summary>Each thing once, in the order met.</summary>
    public IReadOnlyList<string> LeftOut => [.. _leftOut.Distinct()];

    /// <summary>Every row the claim was found to be about.</summary>
    public IEnumerable<CheckRow> Touched => _touched;

    public void LeaveOut(string what) => _leftOut.Add(what);

    /// <summary>Rows of networks, or of attacks where a column or the selection is about attacks, that match and have the columns.</summary>
    /// <param name="byLayer">A metric given only by layer will do.</param>
    /// <exception cref="Untestable">There is none.</exception>
    public IReadOnlyList<CheckRow> Rows(IReadOnlyList<string> columns, Selection? side = null, bool byLayer = false)
    {
        side ??= Selection.All;
        foreach (string column in columns.Where(column => !data.Planned.Concat(data.Rows).Any(row => Gives(row, [column], byLayer))))
            throw new Untestable($"no step gives {column}{(Near(column) is { } near ? $"; {near}" : "")}");
        bool attacks = AboutAttacks(columns, side, byLayer);
        bool Fits(CheckRow row) => (row.Attack is not null) == attacks && Selection.Both(check.Where, side, row) && (NamesWorst(side) || !IsWorst(row));
        var promised = data.Planned.Where(row => Fits(row) && Gives(row, columns, byLayer)).ToList();
        var found = data.Rows.Where(row => Fits(row) && Gives(row, columns, byLayer)).ToList();
        if (promised.Count + found.Count == 0)
            throw new Untestable(Nothing(columns, data.Planned.Where(Fits).ToList(), attacks));
        if (beforehand)
            return promised;
        Miss(promised, found);
        _touched.AddRange(found);
        return found.Count > 0 ? found : throw new Untestable($"no results yet: {string.Join("; ", LeftOut.Take(3))}");
    }

    private static bool Gives(CheckRow row, IReadOnlyList<string> columns, bool byLayer) =>
        columns.All(column => row.Has(column) || (byLayer && row.Values.Keys.Any(key => key.StartsWith($"{column}.", StringComparison.Ordinal))));

    private bool NamesWorst(Selection side) => new[] { check.Where, side }.Any(selection =>
        selection.Words is { } words && words.Any(word => word.Key is Selection.Adversary or "attack" && word.Value.Contains(Selection.WorstCase)));

    private static bool IsWorst(CheckRow row) => row.Words.GetValueOrDefault(Selection.Adversary) == Selection.WorstCase;

    private bool AboutAttacks(IReadOnlyList<string> columns, Selection side, bool byLayer)
    {
        if (check.Where.IsAboutAttacks || side.IsAboutAttacks)
            return true;
        // What a step of unknown metrics gives is known once there are results.
        IReadOnlyList<CheckRow> known = beforehand ? data.Planned : [.. data.Rows, .. data.Planned.Where(row => !row.IsOpen)];
        bool networks = columns.All(column => known.Any(row => row.Attack is null && Gives(row, [column], byLayer)));
        return !networks || !known.Any(row => row.Attack is null && Selection.Both(check.Where, side, row));
    }

    private void Miss(IReadOnlyList<CheckRow> promised, IReadOnlyList<CheckRow> found)
    {
        var there = found.Select(Identity).ToHashSet();
        foreach (var row in promised.Where(row => !there.Contains(Identity(row))))
        {
            bool ran = data.Rows.Any(other => other.Seed == row.Seed && other.PointText == row.PointText);
            string? missing = data.Missing.GetValueOrDefault((row.PointText, row.Seed));
            if (missing is not null || !ran || !row.IsOpen)
                LeaveOut($"{Place(row)}: {missing ?? (ran ? "not recorded, or not finite" : "not run")}");
        }
    }

    private static (string, long, string, string?) Identity(CheckRow row) => (row.PointText, row.Seed, row.Network, row.Attack);

    private static string Place(CheckRow row) => row.Point.Count == 0 ? $"seed {row.Seed}" : $"{row.PointText}, seed {row.Seed}";

    private static string Nothing(IReadOnlyList<string> columns, List<CheckRow> fitting, bool attacks)
    {
        if (fitting.Count == 0)
            return $"no {(attacks ? "attack" : "network")} is selected";
        string? lacking = columns.FirstOrDefault(column => !fitting.Any(row => row.Has(column)));
        return lacking is null ? $"no row has all of {string.Join(", ", columns)}" : $"no step gives {lacking} of what is selected";
    }

    private string? Near(string column) => Suggestions.DidYouMean(column, data.Planned.SelectMany(row => row.Values.Keys).Where(key => !key.Contains('*')).Distinct(StringComparer.Ordinal));
}

/// <summary>Rows that are repetitions of each other: one a seed.</summary>
/// <param name="At">Where along the axes; empty where there is only one place.</param>
internal sealed record Group(string At, IReadOnlyList<CheckRow> Rows)
{
    public IReadOnlyList<double> Values(string column) => [.. Rows.Select(row => row[column]!.Value)];

    public IReadOnlyList<(long Seed, double Value)> BySeed(string column) => [.. Rows.Select(row => (row.Seed, row[column]!.Value))];

    /// <exception cref="Untestable">Several rows of one seed stand in the same place.</exception>
    public static IReadOnlyList<Group> By(IReadOnlyList<CheckRow> rows, Func<CheckRow, string> at)
    {
        var groups = rows.GroupBy(at, StringComparer.Ordinal).Select(group => new Group(group.Key, [.. group.OrderBy(row => row.Seed)])).ToList();
        foreach (var group in groups)
        {
            if (group.Rows.GroupBy(row => row.Seed).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw new Untestable(Several(group.At, [.. twice]));
        }

        return groups;
    }

    /// <summary>By the labels of the names given.</summary>
    public static IReadOnlyList<Group> ByNames(IReadOnlyList<CheckRow> rows, IReadOnlyList<string> names) => By(rows, row => AtText(row, names));

    public static string AtText(CheckRow row, IReadOnlyList<string> names) => string.Join(", ", names.Select(name => $"{name} {row.At(name) ?? "–"}"));

    private static string Several(string at, IReadOnlyList<CheckRow> rows)
    {
        (string Name, IEnumerable<string?> Values)[] ways =
        [
            .. rows.SelectMany(row => row.Point.Keys).Distinct(StringComparer.Ordinal).Select(axis => (axis, rows.Select(row => row.At(axis)))),
            (Selection.Adversary, rows.Select(row => row.At(Selection.Adversary))),
            (Selection.Step, rows.Select(row => row.Attack ?? row.Network)),
        ];
        var apart = ways.Select(way => (way.Name, Values: way.Values.OfType<string>().Distinct(StringComparer.Ordinal).ToList())).First(way => way.Values.Count > 1);
        return $"several rows of one seed{(at.Length == 0 ? "" : $" at {at}")}: they differ in {apart.Name} ({string.Join(", ", apart.Values.Take(4))})";
    }
}
