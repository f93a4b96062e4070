using System.Text.Json;
using Ledger.Domain.Checks;

namespace Ledger.Query.Checks;

/// <summary>Rows of the results tables as checks see them.</summary>
internal static class CheckRows
{
    private static readonly string[] Identities = ["number", "seed", "model_ordinal", "attack_ordinal", "position_from", "position_to"];

    private static readonly (string Word, string Column)[] Words =
        [("adversary", "adversary"), ("norm", "norm"), ("space", "eps_space"), ("attack", "attack"), ("split", "split")];

    public static IReadOnlyList<CheckRow> Of(IReadOnlyList<NetworkRow> networks, IReadOnlyList<AttackRow> attacks, IReadOnlyList<MetricRow> metrics)
    {
        var ofNetworks = metrics.Where(metric => metric.AttackStep is null).ToLookup(metric => (metric.Run, metric.ModelStep));
        var ofAttacks = metrics.Where(metric => metric.AttackStep is not null).ToLookup(metric => (metric.Run, metric.AttackStep!));
        var attacked = attacks.ToLookup(attack => (attack.Run, attack.ModelStep));
        var rows = new List<CheckRow>();
        foreach (var network in networks)
        {
            var about = Network(network, [.. ofNetworks[(network.Run, network.ModelStep)]]);
            var here = attacked[(network.Run, network.ModelStep)].ToList();
            rows.Add(about);
            rows.AddRange(here.Select(attack => Attack(about, attack, ofAttacks[(attack.Run, attack.AttackStep)]) with { OutcomesDigest = Outcomes(attack, here) }));
        }

        return rows;
    }

    /// <summary>The digests that stand for per-example outcomes: several for a worst case.</summary>
    public static string[] Parts(string outcomesDigest) => outcomesDigest.Split('+');

    private static string? Outcomes(AttackRow attack, IReadOnlyList<AttackRow> here)
    {
        if (attack.OutcomesDigest is not null)
            return attack.OutcomesDigest;
        var parts = attack.AttackStep.Split(" + ").Select(step => here.FirstOrDefault(part => part.AttackStep == step)?.OutcomesDigest).ToList();
        return parts.Contains(null) ? null : string.Join('+', parts);
    }

    private static CheckRow Network(NetworkRow network, IReadOnlyList<MetricRow> metrics)
    {
        var values = Numbers(network.Columns);
        Add(values, metrics);
        Add(values, "clean_accuracy", Number(values, "clean_accuracy_full"));
        Add(values, "gradient_evaluations", network.GradientEvaluations);
        Add(values, "epochs", network.Epochs);
        var accuracy = metrics.LastOrDefault(metric => metric.Metric is "clean_accuracy" or "accuracy" && metric.Layer is null && metric.OutcomesDigest is not null);
        return new CheckRow(
            network.Run, network.Seed, network.Point, network.ModelStep, null,
            new Dictionary<string, string> { [Consistency.Defended] = network.Defended ? "yes" : "no" }, values, accuracy?.ExamplesDigest, accuracy?.OutcomesDigest);
    }

    private static CheckRow Attack(CheckRow network, AttackRow attack, IEnumerable<MetricRow> metrics)
    {
        var values = new Dictionary<string, double>(network.Values, StringComparer.Ordinal);
        Add(values, metrics);
        foreach (var (name, value) in Numbers(attack.Columns))
            values[name] = value;
        Add(values, "max_distance", attack.MaxDistance);
        Add(values, "attack_gradient_evaluations", attack.AttackGradientEvaluations);
        Add(values, "attack_forward_evaluations", attack.AttackForwardEvaluations);
        var words = new Dictionary<string, string>(network.Words, StringComparer.Ordinal);
        foreach (var (word, column) in Words)
        {
            if (attack.Columns.GetProperty(column).GetString() is { } text)
                words[word] = text;
        }

        if (attack.Columns.GetProperty("clip") is { ValueKind: JsonValueKind.True or JsonValueKind.False } clip)
            words[Consistency.Clipped] = clip.GetBoolean() ? "yes" : "no";

        return network with
        {
            Attack = attack.AttackStep,
            Words = words,
            Values = values,
            ExamplesDigest = attack.Columns.GetProperty("examples_digest").GetString(),
        };
    }

    /// <summary>Every number of a row but its identities.</summary>
    private static Dictionary<string, double> Numbers(JsonElement row) => row.EnumerateObject()
        .Where(column => column.Value.ValueKind is JsonValueKind.Number && !Identities.Contains(column.Name))
        .ToDictionary(column => column.Name, column => column.Value.GetDouble(), StringComparer.Ordinal);

    /// <summary>A metric measured twice has its last value.</summary>
    private static void Add(Dictionary<string, double> values, IEnumerable<MetricRow> metrics)
    {
        foreach (var metric in metrics)
            Add(values, metric.Layer is null ? metric.Metric : $"{metric.Metric}.{metric.Layer}", metric.Value);
    }

    private static void Add(Dictionary<string, double> values, string name, double? value)
    {
        if (value is { } number)
            values[name] = number;
    }

    private static double? Number(Dictionary<string, double> values, string name) => values.TryGetValue(name, out double value) ? value : null;
}
