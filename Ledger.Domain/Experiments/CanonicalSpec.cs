using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Experiments;

/// <summary>
/// What a study is, apart from how it was written: seeds, axes, every distinct configuration once, the steps and points
/// that use them, checks and table. Order of keys, names of definitions nobody sees, comments, and columns of other
/// scales leave no trace. The description stands beside it in the event, not in it.
/// </summary>
public static class CanonicalSpec
{
    private const string Scheme = "ledger/spec/1";

    /// <summary>What tells one study from another.</summary>
    public static string Digest(JsonElement spec) => CanonicalJson.Digest(Scheme, spec).ToString();

    internal static JsonElement Of(
        string slug, int threads, IReadOnlyList<long> seeds, IReadOnlyList<Axis> axes, IReadOnlyList<(MatrixPoint Point, IReadOnlyList<PlannedStep> Steps)> points,
        JsonNode checks, ShowSpec show)
    {
        var configs = new Table(points.SelectMany(point => point.Steps).Select(step => Text(step.Config)));
        string StepText(PlannedStep step) => Text(new JsonObject
        {
            ["path"] = step.Path,
            ["config"] = configs[Text(step.Config)],
            ["inputs"] = new JsonObject(step.Inputs.Select(input => KeyValuePair.Create(input.Key, (JsonNode?)input.Value))),
            ["seedPath"] = new JsonArray([.. step.SeedPath.Select(id => (JsonNode)id)]),
        });
        var steps = new Table(points.SelectMany(point => point.Steps).Select(StepText));
        var rows = new Table(points.Select(point => Text(new JsonObject
        {
            ["at"] = new JsonObject(point.Point.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
            ["steps"] = new JsonArray([.. point.Steps.Select(step => steps[StepText(step)]).Order().Select(index => (JsonNode)index)]),
        })));
        return Canonical.Element(new JsonObject
        {
            ["format"] = 1,
            ["experiment"] = slug,
            ["threads"] = threads,
            ["seeds"] = new JsonArray([.. seeds.Order().Select(seed => (JsonNode)seed)]),
            ["axes"] = new JsonObject(axes.Select(axis => KeyValuePair.Create(
                axis.Name, (JsonNode?)new JsonArray([.. axis.Options.Select(o => o.Label).Order(StringComparer.Ordinal).Select(label => (JsonNode)label)])))),
            ["configs"] = configs.Json(),
            ["steps"] = steps.Json(),
            ["points"] = rows.Json(),
            ["checks"] = checks,
            ["show"] = JsonSerializer.SerializeToNode(show, LedgerJson.Options),
        });
    }

    private static string Text(JsonElement value) => Encoding.UTF8.GetString(CanonicalJson.Bytes(value));

    private static string Text(JsonNode value) => Encoding.UTF8.GetString(CanonicalJson.Bytes(value));

    /// <summary>Distinct canonical texts in ordinal order, referred to by index.</summary>
    private sealed class Table
    {
        private readonly List<string> _texts;
        private readonly Dictionary<string, int> _index;

        public Table(IEnumerable<string> texts)
        {
            _texts = [.. texts.Distinct().Order(StringComparer.Ordinal)];
            _index = _texts.Select((text, index) => (text, index)).ToDictionary(t => t.text, t => t.index, StringComparer.Ordinal);
        }

        public int this[string text] => _index[text];

        public JsonArray Json() => new([.. _texts.Select(text => JsonNode.Parse(text))]);
    }
}

internal static class Canonical
{
    /// <summary>The value as JSON with keys in canonical order.</summary>
    public static JsonElement Element<T>(T value)
    {
        using var document = JsonDocument.Parse(CanonicalJson.Bytes(value));
        return document.RootElement.Clone();
    }

    public static JsonElement Element(JsonNode value)
    {
        using var document = JsonDocument.Parse(CanonicalJson.Bytes(value));
        return document.RootElement.Clone();
    }
}
