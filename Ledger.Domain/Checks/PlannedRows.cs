using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Checks;

/// <summary>
/// The rows that a specification promises, before anything ran: what a claim can be about. Column values are NaN. A step that takes over an
/// equal result promises the same rows.
/// </summary>
public static class PlannedRows
{
    public static IReadOnlyList<CheckRow> Of(
        IEnumerable<(IReadOnlyDictionary<string, string> Point, IReadOnlyList<PlannedStep> Steps)> points, IReadOnlyList<long> seeds) =>
        [.. points.SelectMany(point => seeds.SelectMany(seed => Of(point.Point, seed, point.Steps)))];

    /// <summary>The same from the canonical form of a specification.</summary>
    public static IReadOnlyList<CheckRow> Of(JsonElement spec)
    {
        JsonElement[] configs = [.. spec.GetProperty("configs").EnumerateArray()], steps = [.. spec.GetProperty("steps").EnumerateArray()];
        PlannedStep[] planned =
        [
            .. steps.Select(step => new PlannedStep(
                step.GetProperty("path").GetString()!, Kind(configs[step.GetProperty("config").GetInt32()]), configs[step.GetProperty("config").GetInt32()],
                step.GetProperty("inputs").Deserialize<Dictionary<string, string>>()!, step.GetProperty("seedPath").Deserialize<string[]>()!)),
        ];
        return Of(
            spec.GetProperty("points").EnumerateArray().Select(point => (
                (IReadOnlyDictionary<string, string>)point.GetProperty("at").Deserialize<Dictionary<string, string>>()!,
                (IReadOnlyList<PlannedStep>)[.. point.GetProperty("steps").EnumerateArray().Select(at => planned[at.GetInt32()])])),
            spec.GetProperty("seeds").Deserialize<long[]>()!);
    }

    private static string Kind(JsonElement config) => config.GetProperty("kind").GetString()!;

    private static IEnumerable<CheckRow> Of(IReadOnlyDictionary<string, string> point, long seed, IReadOnlyList<PlannedStep> steps)
    {
        var byPath = steps.ToDictionary(step => step.Path, StringComparer.Ordinal);
        foreach (var network in steps.Where(step => step.Kind is "train" or "compress"))
        {
            var about = new CheckRow("", seed, point, network.Path, null, Nothing, Known(network, byPath));
            about = With(about, steps.Where(step => step.Kind == "measure" && step.Inputs["model"] == network.Path && !step.Inputs.ContainsKey("attack")));
            yield return about;
            var attacks = steps.Where(step => step.Kind == "attack" && step.Inputs["model"] == network.Path).Select(step => Attack(about, step, steps)).ToList();
            foreach (var attack in attacks)
                yield return attack.Row;
            foreach (var group in attacks.GroupBy(attack => attack.Together, StringComparer.Ordinal).Where(group => group.Count() > 1))
                yield return Worst([.. group.Select(attack => attack.Row)]);
        }
    }

    private static readonly Dictionary<string, string> Nothing = [];

    private static Dictionary<string, double> Known(PlannedStep network, Dictionary<string, PlannedStep> byPath)
    {
        bool compressed = Chain(network, byPath).Any(step => step.Kind == "compress");
        return Columns.OfNetworks.Concat(network.Kind == "train" ? Columns.OfTrainings : Columns.OfCompressions)
            .Concat(compressed ? Columns.OfCompressed : []).ToDictionary(name => name, _ => double.NaN, StringComparer.Ordinal);
    }

    private static IEnumerable<PlannedStep> Chain(PlannedStep step, Dictionary<string, PlannedStep> byPath)
    {
        for (PlannedStep? at = step; at is not null; at = at.Inputs.TryGetValue("model", out string? before) ? byPath.GetValueOrDefault(before) : null)
            yield return at;
    }

    private static CheckRow With(CheckRow row, IEnumerable<PlannedStep> measures)
    {
        var values = new Dictionary<string, double>(row.Values, StringComparer.Ordinal);
        bool open = row.IsOpen;
        foreach (var metric in measures.SelectMany(step => step.Config.GetProperty("metrics").EnumerateArray()))
        {
            var given = metric.ValueKind == JsonValueKind.String ? Columns.OfMeasures.GetValueOrDefault(metric.GetString()!) : null;
            open |= given is null;
            foreach (string name in given ?? [])
                values[name] = double.NaN;
        }

        return row with { Values = values, IsOpen = open };
    }

    private static (CheckRow Row, string Together) Attack(CheckRow network, PlannedStep step, IReadOnlyList<PlannedStep> steps)
    {
        JsonElement threat = step.Config.GetProperty("adversary").GetProperty("threat"), data = step.Config.GetProperty("data");
        var values = new Dictionary<string, double>(network.Values, StringComparer.Ordinal);
        foreach (string column in Columns.OfAttacks)
            values[column] = double.NaN;
        values["eps"] = Exact.Parse(threat.GetProperty("eps").GetString()!).Value;
        var row = network with { Attack = step.Path, Words = Words(step.Config), Values = values };
        foreach (string kind in Kinds(step.Config.GetProperty("adversary").GetProperty("attack")))
        {
            row = row with { IsOpen = row.IsOpen || !Columns.OfAttack.ContainsKey(kind) };
            foreach (string column in Columns.OfAttack.GetValueOrDefault(kind) ?? [])
                values[column] = double.NaN;
        }

        row = With(row, steps.Where(measure => measure.Kind == "measure" && measure.Inputs.GetValueOrDefault("attack") == step.Path));
        return (row, $"{CanonicalJson.Digest("threat", threat)} {CanonicalJson.Digest("data", data)}");
    }

    /// <summary>The attack and, of an ensemble, its parts.</summary>
    private static IEnumerable<string> Kinds(JsonElement attack) =>
    [
        attack.GetProperty("attack").GetString()!,
        .. attack.TryGetProperty("parts", out var parts) ? parts.EnumerateArray().SelectMany(Kinds) : [],
    ];

    private static Dictionary<string, string> Words(JsonElement config)
    {
        JsonElement adversary = config.GetProperty("adversary"), threat = adversary.GetProperty("threat");
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["adversary"] = adversary.GetProperty("name").GetString()!,
            ["norm"] = threat.GetProperty("norm").GetString()!,
            ["space"] = threat.GetProperty("space").GetString()!,
            ["attack"] = adversary.GetProperty("attack").GetProperty("attack").GetString()!,
            ["split"] = config.GetProperty("data").GetProperty("split").GetString()!,
        };
    }

    private static CheckRow Worst(IReadOnlyList<CheckRow> attacks) => attacks[0] with
    {
        Attack = string.Join(" + ", attacks.Select(row => row.Attack)),
        Words = new Dictionary<string, string>(attacks[0].Words, StringComparer.Ordinal) { ["adversary"] = Selection.WorstCase, ["attack"] = Selection.WorstCase },
    };
}
