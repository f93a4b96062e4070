using System.Globalization;
using System.Text.Json;
using Ledger.Query.Results;

namespace Ledger.Query.Compare;

/// <summary>Everything the results tables say of runs, as facts with equal paths for equal things.</summary>
internal static class FactsOfRuns
{
    // Numbers that say which row it is and not what came out.
    private static readonly string[] Places = ["seed", "model_ordinal", "attack_ordinal", "position_from", "position_to", "number", "eps", "flags"];

    // What a row of robustness repeats of its network is said once, of the network.
    private static readonly IReadOnlyList<Column> OfNetworks = Numbers("models"), OfAttacks = [.. Numbers("robustness").ExceptBy(OfNetworks.Select(column => column.Name), column => column.Name)];

    /// <summary>What the network that a run ends with is called, whichever step made it: it has its like in every run.</summary>
    public const string LastNetwork = "network";

    /// <returns>Run → its facts.</returns>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<Fact>>> Read(Reading reading, IReadOnlyList<string> runs, CancellationToken stop)
    {
        var facts = runs.ToDictionary(run => run, _ => new List<Fact>(), StringComparer.Ordinal);
        foreach (var run in await reading.ReadOfRuns<RunColumns>(RunsSql, runs, stop))
            facts[run.Run].AddRange(Of(run));
        foreach (var step in await reading.ReadOfRuns<StepColumns>(StepsSql, runs, stop))
            facts[step.Run].AddRange(Of(step));
        foreach (var data in await reading.ReadOfRuns<DataColumns>(DataSql, runs, stop))
            facts[data.Run].Add(new Fact(FactKind.Data, $"{data.Name}.digest", data.Digest));
        foreach (var output in await reading.ReadOfRuns<OutputColumns>(OutputsSql, runs, stop))
            facts[output.Run].Add(new Fact(FactKind.Outputs, $"{output.Step}.{output.Role} of key {output.Key[..12]}", output.Digest));
        var networks = await reading.ReadOfRuns<JsonElement>(NetworksSql, runs, stop);
        var last = networks.ToLookup(row => Text(row, "run"), row => Text(row, "model_step")).ToDictionary(run => run.Key, run => run.Last(), StringComparer.Ordinal);
        string Network(string run, string step) => step == last[run] ? LastNetwork : step;
        foreach (var row in networks)
            facts[Text(row, "run")].AddRange(Columns(row, Network(Text(row, "run"), Text(row, "model_step")), OfNetworks));
        foreach (var row in await reading.ReadOfRuns<JsonElement>(AttacksSql, runs, stop))
            facts[Text(row, "run")].AddRange(Columns(row, Text(row, "attack_step"), OfAttacks));
        foreach (var metric in await reading.ReadOfRuns<MetricColumns>(MetricsSql, runs, stop))
            facts[metric.Run].Add(Of(metric, Network(metric.Run, metric.ModelStep)));
        return facts.ToDictionary(run => run.Key, run => (IReadOnlyList<Fact>)[.. run.Value.DistinctBy(fact => (fact.Kind, fact.Path))], StringComparer.Ordinal);
    }

    private static IEnumerable<Fact> Of(RunColumns run) =>
    [
        new(FactKind.Identity, "experiment", run.Experiment ?? "–", Class: ColumnClass.Identity),
        new(FactKind.Identity, "state", run.State, Class: ColumnClass.Identity),
        new(FactKind.Configuration, "seed", $"{run.Seed}"),
        new(FactKind.Configuration, "threads", $"{run.Threads}"),
        .. run.Point.OrderBy(axis => axis.Key, StringComparer.Ordinal).Select(axis => new Fact(FactKind.Configuration, $"point.{axis.Key}", axis.Value)),
        .. run.Environment is { } environment ? Leaves.Of("environment", environment).Select(leaf => new Fact(FactKind.Environment, leaf.Path["environment.".Length..], leaf.Text, Class: ColumnClass.Observed)) : [],
    ];

    private static IEnumerable<Fact> Of(StepColumns step) =>
    [
        .. step.Inputs.OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => new Fact(FactKind.Configuration, $"{step.Step}.inputs.{input.Key}", input.Value)),
        .. Leaves.Of(step.Step, step.Config).Select(leaf => new Fact(FactKind.Configuration, leaf.Path, leaf.Text, leaf.Number)),
        .. step.Code is { } code ? [new Fact(FactKind.Code, $"{step.Kind} code", code)] : Array.Empty<Fact>(),
    ];

    private static Fact Of(MetricColumns metric, string network) => Number(
        $"{metric.AttackStep ?? network}.{metric.Metric}{(metric.Layer is null ? "" : $".{metric.Layer}")}", metric.Value, metric.Unit,
        Enum.Parse<ColumnClass>(metric.Class, ignoreCase: true), detail: metric.Layer is not null);

    private static IEnumerable<Fact> Columns(JsonElement row, string step, IReadOnlyList<Column> columns) => columns
        .Where(column => row.GetProperty(column.Name).ValueKind == JsonValueKind.Number)
        .Select(column => Number($"{step}.{column.Name}", row.GetProperty(column.Name).GetDouble(), column.Unit, column.Class));

    private static Fact Number(string path, double? value, string unit, ColumnClass columnClass, bool detail = false) => new(
        FactKind.Metrics, path, value?.ToString("R", CultureInfo.InvariantCulture) ?? "not finite", value, unit, columnClass,
        Detail: detail || Derived.Contains(path[(path.LastIndexOf('.') + 1)..], StringComparer.Ordinal));

    private static IReadOnlyList<Column> Numbers(string table) =>
        [.. Definitions.Of(table).Columns.Where(column => column.Class != ColumnClass.Identity && column.Type is "double precision" or "bigint" or "integer" && !Places.Contains(column.Name))];

    // They follow from figures beside them.
    private static readonly string[] Derived = ["robust_low", "robust_high", "clean_low", "clean_high", "attacked", "broken"];

    private static string Text(JsonElement row, string column) => row.GetProperty(column).GetString()!;

    private const string RunsSql = """
        select r.run, e.slug as experiment, r.state, r.seed, r.threads, r.point, r.environment
        from results.runs r left join results.experiments e on e.experiment = r.experiment where r.run = any($1)
        """;

    private const string StepsSql = """
        select run, step, kind, config, inputs, fields->>'codeFingerprint' as code from results.steps where run = any($1) order by run, ordinal
        """;

    private const string DataSql = "select run, name, digest from results.datasets where run = any($1) order by position";

    private const string OutputsSql = """
        select s.run, s.step, s.key, a.role, a.digest
        from results.steps s
        join results.origins o on o.run = s.run and o.step = s.step
        join results.artifacts a on a.run = o.origin_run and a.step = o.origin_step
        where s.run = any($1) and s.key is not null order by s.ordinal, a.role collate "C", a.position desc
        """;

    private const string NetworksSql = "select m.* from results.models m where m.run = any($1) order by m.model_ordinal";

    private const string AttacksSql = """
        select r.* from results.robustness r where r.run = any($1) order by r.attack_ordinal, r.worst_case, r.attack_step collate "C"
        """;

    // What stands in models already is said there.
    private const string MetricsSql = """
        select run, model_step, attack_step, metric, layer, value, unit, class from results.metrics
        where run = any($1) and not (attack_step is null and layer is null and metric in ('accuracy', 'clean_accuracy', 'bytes'))
        order by ordinal, position desc
        """;

    private sealed record RunColumns(string Run, string? Experiment, string State, long Seed, int Threads, IReadOnlyDictionary<string, string> Point, JsonElement? Environment);

    private sealed record StepColumns(string Run, string Step, string Kind, JsonElement Config, IReadOnlyDictionary<string, string> Inputs, string? Code);

    private sealed record DataColumns(string Run, string Name, string Digest);

    private sealed record OutputColumns(string Run, string Step, string Key, string Role, string Digest);

    private sealed record MetricColumns(string Run, string ModelStep, string? AttackStep, string Metric, string? Layer, double? Value, string Unit, string Class);
}
