namespace Ledger.Domain.Experiments;

/// <summary>
/// <c>only</c> and <c>except</c>: lists of maps from axes to a label, a family, or a list of these. A point matches an
/// entry when it matches on every axis the entry names. An entry that matches nothing is a slip of the pen.
/// </summary>
internal static class PointFilter
{
    private sealed record Entry(SpecNode Node, IReadOnlyList<(string Axis, IReadOnlyList<string> Words)> Wanted)
    {
        public bool Matches(MatrixPoint point) => Wanted.All(w => w.Words.Any(word => point[w.Axis]?.Is(word) == true));
    }

    public static IReadOnlyList<MatrixPoint> Apply(
        IReadOnlyList<MatrixPoint> all, SpecMap? section, IReadOnlyList<Axis> axes, References references, SpecProblems problems)
    {
        var only = Entries(section?["only"], all, axes, references, problems);
        var except = Entries(section?["except"], all, axes, references, problems);
        var kept = all.Where(point => only.Count == 0 || only.Exists(entry => entry.Matches(point)))
            .Where(point => !except.Exists(entry => entry.Matches(point)))
            .ToList();
        if (kept.Count == 0 && !axes.Any(axis => axis.IsBroken))
            problems.Add(section!.Place, "no point left", "only and except to leave at least one point");
        return kept;
    }

    private static List<Entry> Entries(
        SpecNode? list, IReadOnlyList<MatrixPoint> all, IReadOnlyList<Axis> axes, References references, SpecProblems problems)
    {
        if (list is null)
            return [];
        if (references.Resolve(list, MatrixPoint.None) is not SpecList { Items.Count: > 0 } items)
        {
            problems.Add(list, "a list of at least one entry, for example [{base: standard}]");
            return [];
        }

        var entries = items.Items.Select(item => Read(item, axes, problems)).OfType<Entry>().ToList();
        foreach (var entry in entries.Where(entry => !axes.Any(axis => axis.IsBroken) && !all.Any(entry.Matches)))
            problems.Add(entry.Node, "an entry that matches a point");
        return entries;
    }

    /// <returns>Null after a problem.</returns>
    private static Entry? Read(SpecNode item, IReadOnlyList<Axis> axes, SpecProblems problems)
    {
        if (item is not SpecMap { Entries.Count: > 0 } map)
        {
            problems.Add(item, "a map from axes to labels");
            return null;
        }

        var wanted = new List<(string, IReadOnlyList<string>)>();
        foreach (var entry in map.Entries)
        {
            if (axes.FirstOrDefault(axis => axis.Name == entry.Name) is not { } axis)
                problems.AddUnknown(entry.Key, entry.Name, [.. axes.Select(a => a.Name)], "an axis");
            else if (Words(entry.Value, axis, problems) is { } words)
                wanted.Add((axis.Name, words));
        }

        return wanted.Count == map.Entries.Count ? new Entry(item, wanted) : null;
    }

    private static List<string>? Words(SpecNode node, Axis axis, SpecProblems problems)
    {
        IReadOnlyList<SpecNode> nodes = node is SpecList list ? list.Items : [node];
        var words = new List<string>();
        foreach (var word in nodes)
        {
            if (word is not SpecScalar scalar)
                problems.Add(word, $"a value of {axis.Name}: {string.Join(", ", axis.Words)}");
            else if (axis.Knows(scalar.Text, scalar.Place, problems))
                words.Add(scalar.Text);
        }

        if (nodes.Count == 0)
            problems.Add(node, "at least one value");
        return words.Count == nodes.Count && words.Count > 0 ? words : null;
    }
}
