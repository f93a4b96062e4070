namespace Ledger.Domain.Experiments;

/// <summary>The section <c>show</c>: <c>{table: [axis, metric, robust: adversary, ...]}</c>.</summary>
internal static class ReadShow
{
    /// <param name="metrics">Measured by some step.</param>
    /// <param name="attacks">Names of the adversaries attacked with.</param>
    public static ShowSpec Of(SpecNode? section, IReadOnlyList<string> axes, IReadOnlyList<string> metrics, IReadOnlyList<string> attacks, SpecProblems problems)
    {
        if (section is null)
            return Everything(axes, metrics, attacks);
        var map = new ReadMap(section, problems, "{table: [...]}");
        var table = map.Required("table", "a list of columns", n => Columns(n, [.. axes], metrics, attacks, problems), []);
        map.Done("show");
        return new ShowSpec(table);
    }

    /// <summary>By name, so that it does not depend on the order of the file.</summary>
    private static ShowSpec Everything(IReadOnlyList<string> axes, IReadOnlyList<string> metrics, IReadOnlyList<string> attacks) => new(
    [
        .. axes.Order(StringComparer.Ordinal).Select(axis => new ShowColumn("axis", axis)),
        .. metrics.Where(metric => metric == "accuracy").Select(metric => new ShowColumn("metric", metric)),
        .. attacks.Order(StringComparer.Ordinal).Select(attack => new ShowColumn("robust", attack)),
        .. MeasureSpec.Names.Where(name => name != "accuracy" && metrics.Contains(name)).Select(metric => new ShowColumn("metric", metric)),
    ]);

    private static List<ShowColumn> Columns(
        SpecNode node, IReadOnlyList<string> axes, IReadOnlyList<string> metrics, IReadOnlyList<string> attacks, SpecProblems problems)
    {
        var columns = new List<ShowColumn>();
        if (node is not SpecList { Items.Count: >= 1 } list)
        {
            problems.Add(node, "a list of columns");
            return columns;
        }

        foreach (var item in list.Items)
        {
            var column = item switch
            {
                SpecMap { Entries: [{ Name: "robust", Value: SpecScalar attack }] } => Known("robust", attack, attacks, "an adversary that some step attacks with", problems),
                SpecScalar name => Known(axes.Contains(name.Text) ? "axis" : "metric", name, [.. axes, .. metrics], "an axis or a measured metric", problems),
                _ => null,
            };
            if (item is not (SpecScalar or SpecMap { Entries: [{ Name: "robust", Value: SpecScalar }] }))
                problems.Add(item, "an axis, a metric, or robust: and the name of an adversary");
            else if (column is not null && columns.Contains(column))
                problems.Add(item, "each column once");
            if (column is not null)
                columns.Add(column);
        }

        return columns;
    }

    private static ShowColumn? Known(string kind, SpecScalar name, IReadOnlyList<string> known, string what, SpecProblems problems)
    {
        if (known.Contains(name.Text))
            return new ShowColumn(kind, name.Text);
        problems.AddUnknown(name.Place, name.Text, known, what);
        return null;
    }
}
