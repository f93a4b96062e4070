using Ledger.Domain;
using Ledger.Domain.Models;
using Ledger.Query.Results;

namespace Ledger.Query.Export;

/// <summary>Reads a run as its export needs it. Steps taken over from other runs come with what was made there.</summary>
internal static class RunReader
{
    /// <param name="run">A whole id of a run that is there.</param>
    /// <exception cref="UnknownSpecification">No event has the specification that the run was planned from.</exception>
    public static async Task<RunToExport> Read(Reading reading, string run, CancellationToken stop)
    {
        RunRow row = (await reading.Read<RunRow>(Run, stop, run))[0];
        var yaml = await reading.Rows(EventViews.WrittenOut(Yaml), r => r.GetString(0), stop, row.Experiment, row.SpecDigest, reading.Position);
        if (yaml.Count == 0)
            throw new UnknownSpecification(run, row.Experiment, row.SpecDigest);
        var steps = await reading.Read<StepRow>(Steps, stop, run);
        var results = await reading.Rows(Results, r => r.GetString(0), stop, run);
        var seal = await reading.Rows(Seal, r => r.GetString(0), stop, steps.Max(step => step.Position) ?? 0);
        return new RunToExport(
            run, row.Experiment, row.ExperimentName, row.SpecDigest, yaml[0], reading.Position, [.. ByStep(steps)], results, seal is [var note] ? note : null);
    }

    private static IEnumerable<StepToExport> ByStep(IEnumerable<StepRow> rows) =>
        from row in rows
        group row by row.Path into step
        let first = step.First()
        select new StepToExport(
            first.Path, first.Kind, first.State, first.Model, first.OriginRun, first.OriginStep, first.Retracted,
            step.Where(r => r.Role is not null).ToDictionary(
                r => r.Role!, r => new RecordedArtifact(new ArtifactRef(r.Digest!, r.Bytes!.Value), r.Position!.Value, r.ReleasedAt is { } at ? new Release(at, r.ReleaseReason) : null), StringComparer.Ordinal));

    private const string Run = """
        select r.experiment, coalesce(e.slug, '') as experiment_name, r.spec_digest
        from results.runs r left join results.experiments e on e.experiment = r.experiment where r.run = $1
        """;

    private const string Yaml = """
        select s.data->>'yaml' from (
            select r.id, r.position, r.data from events.experiment_registered r
            union all
            select a.id, a.position, a.data from events.experiment_amended a
        ) s
        where s.id = $1 and s.data->>'specDigest' = $2 and s.position <= $3 order by s.position desc limit 1
        """;

    // A step computed again after a resume names its artifacts again: the last event counts.
    private const string Steps = """
        select s.step as path, s.kind, s.state, s.inputs->>'model' as model, o.origin_run, o.origin_step, tainted.step is not null as retracted,
               a.role, a.digest, a.bytes, a.position, released.recorded_at as released_at, released.reason as release_reason
        from results.steps s
        join results.origins o on o.run = s.run and o.step = s.step
        left join results.artifacts a on a.run = o.origin_run and a.step = o.origin_step and not exists (
            select from results.artifacts b where b.run = a.run and b.step = a.step and b.role = a.role and b.position > a.position)
        left join (
            select distinct l.step from results.lineage l join results.reviews w on w.said = 'retracted' and w.run in (l.run, l.origin_run)
            where l.run = $1
        ) tainted on tainted.step = s.step
        left join (
            select distinct on (w.digest) w.digest, w.recorded_at, w.reason from results.reviews w where w.said = 'artifact_released' order by w.digest, w.position desc
        ) released on released.digest = a.digest
        where s.run = $1 order by s.ordinal, a.role collate "C"
        """;

    private const string Seal =
        "select s.note from ledger_log.seals s join ledger_log.origin o on o.origin = s.origin where s.size >= $1 order by s.size, s.sealed_at limit 1";

    private const string Results = """
        select row_to_json(r)::text from (select * from results.robustness where run = $1 order by attack_ordinal, worst_case, attack_step collate "C") r
        """;

    private sealed record RunRow(string Experiment, string ExperimentName, string SpecDigest);

    private sealed record StepRow(
        string Path, string Kind, string State, string? Model, string OriginRun, string OriginStep, bool Retracted,
        string? Role, string? Digest, long? Bytes, long? Position, DateTimeOffset? ReleasedAt, string? ReleaseReason);
}

/// <summary>A run was planned from a specification that its experiment never had.</summary>
public sealed class UnknownSpecification(string run, string experiment, string digest) : CorruptEvidence(
    "unknown-specification",
    $"Run {run} was planned from the specification {digest}, which no event of experiment/{experiment} holds. 'ledger verify' checks the whole ledger.");
