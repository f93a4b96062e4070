using System.Text;
using System.Text.Json;
using Ledger.Domain.Checks;
using Ledger.Domain.Evidence;
using Ledger.Query.Results;

namespace Ledger.Query.Checks;

/// <summary>A run of the experiment that no check counts.</summary>
/// <param name="Why">failed (step and code), retracted, replay, superseded, earlier specification, or its state.</param>
public sealed record UncountedRun(string Run, IReadOnlyDictionary<string, string> Point, long Seed, string Why);

/// <summary>
/// The rows that checks are judged on, from the results tables. Of the runs of one point and seed the last completed one counts, or the last
/// where none is; it must be planned as the specification in force plans it.
/// </summary>
internal sealed record CheckEvidence(CheckData Data, IReadOnlyList<UncountedRun> Runs)
{
    public static async Task<CheckEvidence> Read(Reading reading, string experiment, JsonElement spec, CancellationToken stop)
    {
        var planned = spec.TryGetProperty("points", out _) ? PlannedRows.Of(spec) : [];
        var runs = await reading.Read<RunRow>(RunsSql, stop, experiment);
        var steps = (await reading.Read<StepRow>(StepsSql, stop, experiment)).ToLookup(step => step.Run, StringComparer.Ordinal);
        var plans = PointPlans.Of(spec);
        var why = Uncounted(runs, run => plans.Fits(run, steps[run.Run]));
        var counted = runs.Select(run => run.Run).Except(why.Keys).ToHashSet(StringComparer.Ordinal);
        var rows = CheckRows.Of(
            [.. (await reading.Read<NetworkRow>(NetworksSql, stop, experiment)).Where(row => counted.Contains(row.Run))],
            [.. (await reading.Read<AttackRow>(AttacksSql, stop, experiment)).Where(row => counted.Contains(row.Run))],
            [.. (await reading.Read<MetricRow>(MetricsSql, stop, experiment)).Where(row => counted.Contains(row.Run))]);
        // A failed run may have given results before it failed; they count, and what it still owes is missing for this reason.
        var failed = runs.Where(run => counted.Contains(run.Run) && run.State != "completed").ToDictionary(run => run.Run, run => run.Reason, StringComparer.Ordinal);
        return new CheckEvidence(
            new CheckData(rows, planned, Missing(runs, why, failed), new Dictionary<string, ExampleResults>()),
            [.. runs.Where(run => why.ContainsKey(run.Run) || failed.ContainsKey(run.Run)).Select(run => new UncountedRun(run.Run, run.Point, run.Seed, why.GetValueOrDefault(run.Run) ?? failed[run.Run]))]);
    }

    /// <summary>Run → why it does not count.</summary>
    internal static Dictionary<string, string> Uncounted(IReadOnlyList<RunRow> runs, Func<RunRow, bool> fits)
    {
        var why = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            if (run.Retracted || run.ReplayOf is not null || run.Superseded || !fits(run))
                why[run.Run] = run.Retracted ? "retracted" : run.ReplayOf is not null ? "replay" : run.Superseded ? "superseded" : "earlier specification";
        }

        foreach (var same in runs.Where(run => !why.ContainsKey(run.Run)).GroupBy(run => (Text(run.Point), run.Seed)))
        {
            var last = same.Where(run => run.State == "completed").DefaultIfEmpty(same.MaxBy(run => run.PositionFrom)!).MaxBy(run => run.PositionFrom)!;
            foreach (var run in same.Where(run => run != last))
                why[run.Run] = run.State == "completed" ? "superseded" : run.Reason;
        }

        return why;
    }

    private static Dictionary<(string, long), string> Missing(IReadOnlyList<RunRow> runs, Dictionary<string, string> why, Dictionary<string, string> failed)
    {
        var missing = new Dictionary<(string, long), string>();
        foreach (var same in runs.Where(run => run.ReplayOf is null).GroupBy(run => (Text(run.Point), run.Seed)))
        {
            var counted = same.FirstOrDefault(run => !why.ContainsKey(run.Run));
            if (counted is null)
                missing[same.Key] = why[same.MaxBy(run => run.PositionFrom)!.Run];
            else if (failed.TryGetValue(counted.Run, out string? reason))
                missing[same.Key] = reason;
        }

        return missing;
    }

    private static string Text(IReadOnlyDictionary<string, string> point) => new CheckRow("", 0, point, "", null, point, new Dictionary<string, double>()).PointText;

    private const string RunsSql = """
        select r.run, r.seed, r.point, r.state, r.replay_of, r.position_from,
               exists (select 1 from results.reviews w where w.said = 'retracted' and w.run = r.run) as retracted,
               exists (select 1 from results.reviews w where w.said = 'superseded' and w.run = r.run) as superseded,
               (select string_agg(s.step || ' ' || s.failure_code, ', ' order by s.ordinal) from results.steps s where s.run = r.run and s.state = 'failed') as failures
        from results.runs r where r.experiment = $1 order by r.position_from
        """;

    private const string StepsSql = """
        select s.run, s.step, s.config, s.inputs from results.steps s join results.runs r on r.run = s.run where r.experiment = $1
        """;

    private const string NetworksSql = """
        select m.run, m.seed, m.point, m.model_step, to_jsonb(m) as columns, t.gradient_evaluations, t.epochs,
               exists (select 1 from results.lineage l join results.steps s on s.run = l.run and s.step = l.ancestor
                       where l.run = m.run and l.step = m.model_step and s.kind in ('train', 'compress') and jsonb_path_exists(s.config, '$.**.adversary ? (@.type() == "object")')) as defended
        from results.models m
        join results.origins o on o.run = m.run and o.step = m.model_step
        left join results.trainings t on t.run = o.origin_run and t.step = o.origin_step
        where m.experiment_id = $1 and m.state in ('completed', 'reused') and not m.retracted
        order by m.number, m.seed, m.position_from, m.model_ordinal
        """;

    private const string AttacksSql = """
        select r.run, r.model_step, r.attack_step, to_jsonb(r) as columns, a.outcomes_digest, a.max_distance,
               a.gradient_evaluations as attack_gradient_evaluations, a.forward_evaluations as attack_forward_evaluations
        from results.robustness r
        left join results.origins o on o.run = r.run and o.step = r.attack_step
        left join results.attacks a on a.run = o.origin_run and a.step = o.origin_step
        where r.experiment_id = $1 and not r.retracted
        order by r.number, r.seed, r.position_from, r.model_ordinal, r.attack_ordinal, r.worst_case, r.attack_step collate "C"
        """;

    private const string MetricsSql = """
        select s.run, s.inputs->>'model' as model_step, case when s.kind = 'attack' then s.step else s.inputs->>'attack' end as attack_step,
               v.metric, v.layer, v.value, v.outcomes_digest, v.examples_digest
        from results.steps s
        join results.runs r on r.run = s.run
        join results.origins o on o.run = s.run and o.step = s.step
        join results.measurements v on v.run = o.origin_run and v.step = o.origin_step
        where r.experiment = $1 and s.kind in ('measure', 'attack')
          and not exists (select 1 from results.reviews w where w.said = 'retracted' and w.run = o.origin_run)
        order by v.position, v.ordinal
        """;
}

/// <summary>The steps that the specification in force plans at each point, against those a run has.</summary>
internal sealed class PointPlans
{
    private readonly Dictionary<string, HashSet<string>>? _plans;
    private readonly HashSet<long> _seeds;

    private PointPlans(Dictionary<string, HashSet<string>>? plans, HashSet<long> seeds) => (_plans, _seeds) = (plans, seeds);

    /// <summary>Of a specification without points every run fits.</summary>
    public static PointPlans Of(JsonElement spec)
    {
        if (!spec.TryGetProperty("points", out var points))
            return new PointPlans(null, []);
        JsonElement[] configs = [.. spec.GetProperty("configs").EnumerateArray()];
        string[] steps = [.. spec.GetProperty("steps").EnumerateArray().Select(step => Text(
            step.GetProperty("path").GetString()!, configs[step.GetProperty("config").GetInt32()], step.GetProperty("inputs")))];
        return new PointPlans(points.EnumerateArray().ToDictionary(
            point => Text(point.GetProperty("at")),
            point => point.GetProperty("steps").EnumerateArray().Select(at => steps[at.GetInt32()]).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal),
            [.. spec.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetInt64())]);
    }

    public bool Fits(RunRow run, IEnumerable<StepRow> steps) =>
        _plans is null || (_seeds.Contains(run.Seed) && _plans.TryGetValue(Text(JsonSerializer.SerializeToElement(run.Point)), out var plan)
            && plan.SetEquals(steps.Select(step => Text(step.Step, step.Config, step.Inputs))));

    private static string Text(string path, JsonElement config, JsonElement inputs) => $"{path} {Text(config)} {Text(inputs)}";

    private static string Text(JsonElement value) => Encoding.UTF8.GetString(CanonicalJson.Bytes(value));
}

/// <param name="Failures">Failed steps with their codes; null: none.</param>
internal sealed record RunRow(
    string Run, long Seed, IReadOnlyDictionary<string, string> Point, string State, string? ReplayOf, long PositionFrom, bool Retracted, string? Failures, bool Superseded = false)
{
    public string Reason => Failures is null ? State : $"{State} ({Failures})";
}

internal sealed record StepRow(string Run, string Step, JsonElement Config, JsonElement Inputs);

/// <param name="Columns">The row of <c>results.models</c>.</param>
/// <param name="Defended">Trained, at some point, against an adversary.</param>
internal sealed record NetworkRow(
    string Run, long Seed, IReadOnlyDictionary<string, string> Point, string ModelStep, JsonElement Columns, long? GradientEvaluations, int? Epochs, bool Defended);

/// <param name="Columns">The row of <c>results.robustness</c>.</param>
internal sealed record AttackRow(
    string Run, string ModelStep, string AttackStep, JsonElement Columns, string? OutcomesDigest, double? MaxDistance, long? AttackGradientEvaluations,
    long? AttackForwardEvaluations);

internal sealed record MetricRow(
    string Run, string ModelStep, string? AttackStep, string Metric, string? Layer, double? Value, string? OutcomesDigest, string? ExamplesDigest);
