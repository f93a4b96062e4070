using System.Text.Json.Serialization;
using Ledger.Domain.Experiments;
using Ledger.Query.Runs;

namespace Ledger.Query.Results;

/// <summary>
/// The results of an experiment, pivoted. One row for each matrix point (and network, where a run evaluates several), one column for
/// each attack. Replays, retracted results, what rests on them and superseded runs are left out and counted; of several runs of one point and seed the last one counts.
/// </summary>
/// <param name="Axes">Names of the matrix axes, in ordinal order.</param>
/// <param name="Attacks">Columns, in the order of the plan.</param>
/// <param name="LeftOut">Runs not in the table, or only in part, by reason.</param>
/// <param name="Metrics">Recorded metrics of whole networks and their units, in the order of the plan.</param>
/// <param name="Show">The columns the experiment asks for; null: the usual ones.</param>
public sealed record ResultsTable(
    string Experiment, string ExperimentId, string? Scale, long Position, IReadOnlyList<string> Axes, IReadOnlyList<AttackColumn> Attacks,
    IReadOnlyList<ResultsRow> Rows, IReadOnlyDictionary<string, int> LeftOut, IReadOnlyDictionary<string, string> Metrics, [property: JsonIgnore] ShowSpec? Show)
{
    /// <summary>Whether some run evaluates more than one network, so that rows must name theirs.</summary>
    public bool SeveralModels => Rows.GroupBy(row => PointText(row.Point), StringComparer.Ordinal).Any(point => point.Count() > 1);

    internal static ResultsTable Of(
        Named experiment, long position, ShowSpec? show, IReadOnlyList<ModelRow> models, IReadOnlyList<RobustnessRow> attacks, IReadOnlyList<NetworkMetric> metrics)
    {
        var evaluated = attacks.Select(a => (a.Run, a.ModelStep)).ToHashSet();
        evaluated.UnionWith(models.Where(m => m.CleanAccuracyFull is not null).Select(m => (m.Run, m.ModelStep)));
        var shown = models.Where(m => evaluated.Contains((m.Run, m.ModelStep))).ToList();
        var counted = Last(shown.Where(m => m is { ReplayOf: null, Retracted: false, Superseded: false })).ToList();
        var runs = counted.Select(m => m.Run).ToHashSet(StringComparer.Ordinal);
        var standing = attacks.Where(a => runs.Contains(a.Run) && !a.Retracted).ToLookup(a => (a.Run, a.ModelStep));
        var columns = AttackColumn.Of(standing.SelectMany(group => group));
        var measured = metrics.Where(metric => runs.Contains(metric.Run)).ToLookup(metric => (metric.Run, metric.ModelStep));
        var rows = counted.GroupBy(m => (Point: PointText(m.Point), m.ModelStep)).Select(group => ResultsRow.Of([.. group], columns, standing, measured));
        return new ResultsTable(
            experiment.Slug, experiment.Experiment, models.Select(m => m.Scale).FirstOrDefault(scale => scale is not null), position,
            [.. counted.SelectMany(m => m.Point.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            columns, [.. rows], WhyLeftOut(shown, runs, attacks), Units(measured.SelectMany(group => group)), show);
    }

    internal static string PointText(IReadOnlyDictionary<string, string> point) =>
        string.Join('|', point.OrderBy(axis => axis.Key, StringComparer.Ordinal).Select(axis => $"{axis.Key}={axis.Value}"));

    private static OrderedDictionary<string, string> Units(IEnumerable<NetworkMetric> metrics)
    {
        var units = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var metric in metrics)
            units.TryAdd(metric.Name, metric.Unit);
        return units;
    }

    private static IEnumerable<ModelRow> Last(IEnumerable<ModelRow> models) =>
        models.GroupBy(m => (PointText(m.Point), m.Seed, m.ModelStep)).Select(same => same.MaxBy(m => m.PositionFrom)!);

    private static Dictionary<string, int> WhyLeftOut(IReadOnlyList<ModelRow> shown, HashSet<string> counted, IReadOnlyList<RobustnessRow> attacks) =>
        shown.Where(m => !counted.Contains(m.Run)).DistinctBy(m => m.Run).Select(Why)
            .Concat(attacks.Where(a => a.Retracted && counted.Contains(a.Run)).DistinctBy(a => a.Run).Select(_ => "in part: attacks taken over from a retracted run"))
            .CountBy(why => why, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    private static string Why(ModelRow model) => model switch
    {
        { RetractedItself: true } => "retracted",
        { Retracted: true } => "resting on a retracted run",
        { ReplayOf: not null } => "replay",
        { Superseded: true } => "superseded, as its review says",
        _ => "superseded by a later run of the same point and seed",
    };
}
