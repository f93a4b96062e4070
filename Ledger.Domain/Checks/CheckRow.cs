using System.IO.Enumeration;

namespace Ledger.Domain.Checks;

/// <summary>
/// What is known of one network of a run, or of one attack on it: then also everything known of the network. The columns of the results
/// tables under their names; a metric of one layer is <c>metric.layer</c>. It holds no NaN, except in a planned row, where every value is
/// one: there a column stands for what some step will give.
/// </summary>
/// <param name="Point">Axis → label.</param>
/// <param name="Network">Path of the step that made the network.</param>
/// <param name="Attack">Path of the attack; null for a row about the network alone.</param>
/// <param name="Words">What a selection can name (<see cref="Selection.Named"/>), <c>step</c> excepted, and what <see cref="Consistency"/> looks at.</param>
/// <param name="ExamplesDigest">Of the examples its per-example outcomes are about; null without such outcomes.</param>
/// <param name="OutcomesDigest">Of those outcomes; null in a planned row and where there are none.</param>
public sealed record CheckRow(
    string Run, long Seed, IReadOnlyDictionary<string, string> Point, string Network, string? Attack, IReadOnlyDictionary<string, string> Words,
    IReadOnlyDictionary<string, double> Values, string? ExamplesDigest = null, string? OutcomesDigest = null)
{
    /// <summary>Of a planned row: a step gives metrics this version does not know the names of.</summary>
    public bool IsOpen { get; init; }

    public double? this[string column] => Values.TryGetValue(column, out double value) ? value : null;

    /// <summary>In a planned row a name with <c>*</c> stands for all that fit.</summary>
    public bool Has(string column) => IsOpen || Values.ContainsKey(column)
        || Values.Keys.Any(key => key.Contains('*') && FileSystemName.MatchesSimpleExpression(key, column, ignoreCase: false));

    /// <summary>Whether the bound holds or, in a planned row, could.</summary>
    public bool MayHold(string column, Bound bound) =>
        Values.TryGetValue(column, out double value) ? double.IsNaN(value) || bound.Holds(value) : Has(column);

    /// <summary>The label of an axis, or the word of that name.</summary>
    public string? At(string name) => Point.TryGetValue(name, out string? label) ? label : Words.GetValueOrDefault(name);

    /// <summary>The point as text, axes in ordinal order.</summary>
    public string PointText => Text(Point);

    internal static string Text(IEnumerable<KeyValuePair<string, string>> labels) =>
        string.Join(", ", labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key} {label.Value}"));
}

/// <summary>Per-example results of one evaluation, in the order of the examples.</summary>
/// <param name="Correct">Right without perturbation.</param>
/// <param name="Standing">Right without and under every perturbation tried; null for a clean evaluation.</param>
public sealed record ExampleResults(IReadOnlyList<bool> Correct, IReadOnlyList<bool>? Standing)
{
    /// <summary>Metrics that are means of these; <c>clean_accuracy_full</c> only in rows about the network alone.</summary>
    public static readonly IReadOnlyList<string> Metrics = ["clean_accuracy", "clean_accuracy_full", "robust_accuracy"];

    public IReadOnlyList<bool>? Of(string metric) => metric is "clean_accuracy" or "clean_accuracy_full" ? Correct : metric == "robust_accuracy" ? Standing : null;

    /// <summary>Of several attacks on the same examples: an example stands that none of them broke.</summary>
    public static ExampleResults Worst(IReadOnlyList<ExampleResults> attacks) => new(
        attacks[0].Correct,
        attacks.All(attack => attack.Standing?.Count == attacks[0].Correct.Count)
            ? [.. attacks[0].Correct.Select((_, i) => attacks.All(attack => attack.Standing![i]))]
            : null);

    public static ExampleResults Of(IReadOnlyList<Metrics.Outcome> outcomes, bool attacked) => new(
        [.. outcomes.Select(outcome => outcome.Correct)],
        attacked ? [.. outcomes.Select(outcome => outcome is { Correct: true, Broken: false })] : null);
}

/// <summary>What checks are judged on.</summary>
/// <param name="Rows">Of runs that count: no replay, nothing retracted, of several runs of a point and seed the last.</param>
/// <param name="Planned">The rows the specification promises.</param>
/// <param name="Missing">(point text, seed) → why a promised row may not be there.</param>
/// <param name="Outcomes">By digest; only those that <see cref="Judge.Wanted"/> named are needed.</param>
public sealed record CheckData(
    IReadOnlyList<CheckRow> Rows, IReadOnlyList<CheckRow> Planned, IReadOnlyDictionary<(string Point, long Seed), string> Missing,
    IReadOnlyDictionary<string, ExampleResults> Outcomes);
