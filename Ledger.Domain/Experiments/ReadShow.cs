namespace Ledger.Domain.Experiments;

/// <summary>
/// The section <c>show</c>: <c>{table: [axis, metric, robust: adversary, ...], plots: [{plot: robust_accuracy, against: axis}, ...]}</c>, or
/// a list in which a table and plots stand one below the other.
/// </summary>
/// <param name="metrics">Measured by some step.</param>
/// <param name="attacks">Names of the adversaries attacked with.</param>
internal sealed class ReadShow(IReadOnlyList<Axis> axes, IReadOnlyList<string> metrics, IReadOnlyList<string> attacks, SpecProblems problems)
{
    /// <summary>Shown when nothing is said, as far as they are measured.</summary>
    private static readonly string[] Usual = ["parameters", "bytes", "macs", "sparsity", "latency"];

    private readonly string[] _axes = [.. axes.Select(axis => axis.Name)];
    private readonly ReadPlot _plot = new(axes, attacks, problems);

    public ShowSpec Of(SpecNode? section)
    {
        if (section is null)
            return new ShowSpec(Everything());
        if (section is SpecList list)
            return OfList(list);
        var map = new ReadMap(section, problems, "{table: [...], plots: [...]}");
        var table = map.Optional("table", Columns, Everything());
        var plots = map.Optional("plots", Plots, null);
        map.Done("show");
        return new ShowSpec(table, plots);
    }

    private ShowSpec OfList(SpecList list)
    {
        var tables = list.Items.OfType<SpecMap>().Where(item => item["table"] is not null).ToList();
        foreach (var second in tables.Skip(1))
            problems.Add(second, "one table");
        foreach (var table in tables)
        {
            var map = new ReadMap(table, problems, "");
            _ = map.Optional("table");
            map.Done("an entry of show with a table");
        }

        var plots = list.Items.Except(tables).Select(_plot.Of).OfType<ShowPlot>().ToList();
        return new ShowSpec(tables.Count > 0 ? Columns(tables[0]["table"]!) : Everything(), plots.Count > 0 ? plots : null);
    }

    /// <summary>By name, so that it does not depend on the order of the file.</summary>
    private List<ShowColumn> Everything() =>
    [
        .. _axes.Order(StringComparer.Ordinal).Select(axis => new ShowColumn("axis", axis)),
        .. metrics.Where(metric => metric == "accuracy").Select(metric => new ShowColumn("metric", metric)),
        .. attacks.Order(StringComparer.Ordinal).Select(attack => new ShowColumn("robust", attack)),
        .. Usual.Where(metrics.Contains).Select(metric => new ShowColumn("metric", metric)),
    ];

    private List<ShowColumn> Columns(SpecNode node)
    {
        var columns = new List<ShowColumn>();
        if (node is not SpecList { Items.Count: >= 1 } list)
        {
            problems.Add(node, "a list of columns");
            return columns;
        }

        foreach (var item in list.Items)
        {
            var column = Column(item);
            if (column is not null && columns.Contains(column))
                problems.Add(item, "each column once");
            if (column is not null)
                columns.Add(column);
        }

        return columns;
    }

    private ShowColumn? Column(SpecNode item)
    {
        switch (item)
        {
            case SpecMap { Entries: [{ Name: "robust", Value: SpecScalar attack }] }:
                return Adversary(attack, attacks, problems) is { } known ? new ShowColumn("robust", known) : null;
            case SpecMap { Entries: [{ Name: "metric", Value: SpecScalar metric }] } when ReadScalar.IsRecorded(metric.Text):
                return new ShowColumn("value", metric.Text);
            case SpecScalar name when _axes.Contains(name.Text):
                return new ShowColumn("axis", name.Text);
            case SpecScalar name when metrics.Contains(name.Text):
                return new ShowColumn("metric", name.Text);
            case SpecScalar name:
                problems.AddUnknown(name.Place, name.Text, [.. _axes, .. metrics], "an axis or a measured metric");
                return null;
            default:
                problems.Add(item, "an axis, a metric, metric: and the name it is recorded under, or robust: and the name of an adversary");
                return null;
        }
    }

    private List<ShowPlot>? Plots(SpecNode node)
    {
        if (node is SpecList { Items.Count: >= 1 } list)
            return [.. list.Items.Select(_plot.Of).OfType<ShowPlot>()];
        problems.Add(node, "a list of plots, for example [{plot: robust_accuracy, against: ratio}]");
        return null;
    }

    /// <summary>An adversary that some step attacks with, perhaps one of its radii: <c>apgd@0.5</c>; or the worst case.</summary>
    internal static string? Adversary(SpecScalar name, IReadOnlyList<string> attacks, SpecProblems problems)
    {
        if (attacks.Append(ShowColumn.WorstCase).Contains(name.Text.Split('@')[0]))
            return name.Text;
        problems.AddUnknown(name.Place, name.Text, attacks, "an adversary that some step attacks with");
        return null;
    }
}
