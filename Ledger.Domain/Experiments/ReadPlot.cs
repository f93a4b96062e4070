namespace Ledger.Domain.Experiments;

/// <summary>
/// An entry of <c>show: plots</c>: <c>{plot: robust_accuracy, against: ratio, lines: base, adversary: pgd, band: std, where: {base: standard}}</c>.
/// Metrics are named as they are recorded; whether a run records one is known only once it has run.
/// </summary>
internal sealed class ReadPlot(IReadOnlyList<Axis> axes, IReadOnlyList<string> attacks, SpecProblems problems)
{
    public ShowPlot? Of(SpecNode node)
    {
        var map = new ReadMap(node, problems, "a plot, for example {plot: robust_accuracy, against: ratio}");
        string of = map.Required("plot", "robust_accuracy, or another result by the name it is recorded under", n => Recorded(n, []), "");
        string against = map.Required("against", "an axis, eps, or a metric by the name it is recorded under", n => Recorded(n, [.. axes.Select(axis => axis.Name)]), "");
        var lines = map.Optional("lines", Lines, null);
        string? adversary = map.Optional<string?>("adversary", n => n is SpecScalar name ? ReadShow.Adversary(name, attacks, problems) : Wrong(n, "the name of an adversary"), null);
        string? band = map.Optional("band", n => ReadScalar.Word(n, ["std", "none"], problems), null);
        var where = map.Optional("where", Where, null);
        map.Done("a plot");
        return of.Length == 0 || against.Length == 0 ? null : new ShowPlot(of, against, lines, adversary, band == "std" ? null : band, where);
    }

    private string Recorded(SpecNode node, IReadOnlyList<string> known) =>
        node is SpecScalar name && (known.Contains(name.Text) || ReadScalar.IsRecorded(name.Text))
            ? name.Text
            : Wrong(node, known.Count == 0 ? "a name such as robust_accuracy" : $"{string.Join(", ", known)}, eps, or a name such as macs") ?? "";

    private List<string> Lines(SpecNode node) => [.. (node is SpecList list ? list.Items : [node]).Select(Axis).OfType<Axis>().Select(axis => axis.Name)];

    private Axis? Axis(SpecNode node)
    {
        if (node is SpecScalar name && axes.FirstOrDefault(axis => axis.Name == name.Text) is { } axis)
            return axis;
        if (node is SpecScalar unknown)
            problems.AddUnknown(unknown.Place, unknown.Text, [.. axes.Select(a => a.Name)], "an axis");
        else
            problems.Add(node, "an axis");
        return null;
    }

    private Dictionary<string, IReadOnlyList<string>>? Where(SpecNode node)
    {
        if (node is not SpecMap { Entries.Count: > 0 } map)
        {
            problems.Add(node, "a map from axes to labels");
            return null;
        }

        var where = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            if (Axis(new SpecScalar(entry.Key, entry.Name)) is not { } axis)
                continue;
            var words = (entry.Value is SpecList list ? list.Items : [entry.Value]).OfType<SpecScalar>().Where(word => axis.Knows(word.Text, word.Place, problems)).ToList();
            if (words.Count == 0 && !problems.Any)
                problems.Add(entry.Value, $"a value of {axis.Name}");
            where[axis.Name] = [.. words.Select(word => word.Text)];
        }

        return where;
    }

    private string? Wrong(SpecNode node, string expected)
    {
        problems.Add(node, expected);
        return null;
    }
}
