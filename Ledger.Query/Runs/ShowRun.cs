using System.Text.Json;
using FluentValidation;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>Everything the ledger says about one run.</summary>
/// <param name="Run">The beginning of its id.</param>
public sealed record ShowRun(string Run) : IRequest<RunDetails>
{
    internal sealed class Validator : AbstractValidator<ShowRun>
    {
        public Validator() => RuleFor(query => query.Run).NotEmpty().WithMessage("the beginning of a run's id").OverridePropertyName("run");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ShowRun, RunDetails>
    {
        public async Task<RunDetails> Handle(ShowRun request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string run = await RunIds.Run(reading, request.Run, cancellationToken);
            Task<IReadOnlyList<T>> Of<T>(string sql) => reading.Read<T>(sql, cancellationToken, run);
            Task<IReadOnlyList<T>> OfViews<T>(string sql) => reading.ReadOfRuns<T>(sql, [run], cancellationToken);
            var reviews = await Of<ReviewRow>("select position, recorded_at, said, reason, superseded_by, digest, bytes from results.reviews where run = $1 order by position");
            return new RunDetails(
                reading.Position,
                (await Of<RunFacts>(Run))[0],
                await Of<StepRow>(Steps),
                await Of<DatasetRow>("select name, source, split, examples, shape, classes, digest from results.datasets where run = $1 order by position"),
                await OfViews<MetricRow>(Metrics),
                await OfViews<RobustnessRow>(Attacks),
                await Of<ArtifactRow>("select a.step, a.role, a.digest, a.bytes, (select max(w.recorded_at) from results.reviews w where w.said = 'artifact_released' and w.digest = a.digest) as released_at from results.artifacts a where a.run = $1 order by a.position, a.role collate \"C\""),
                await Of<FlagRow>("select position, step, code, value, threshold, raised_by, reason from results.flags where run = $1 order by position"),
                reviews,
                await Of<ComparisonRow>("select step, verdict, first_difference, max_abs_difference, max_ulp_difference from results.comparisons where run = $1 order by position"),
                await OfViews<TaintedStep>(ListTaint.Sql("t.run = any($1)")),
                reviews.Any(review => review.Said == "retracted") ? await Of<TaintedStep>(ListTaint.Sql("t.retracted_run = $1")) : []);
        }

        private const string Run = """
            select r.run, e.slug as experiment, r.experiment as experiment_id, r.number, r.point, r.seed, r.threads, r.spec_digest, r.replay_of, r.replay_verdict, r.state,
                   r.attempt, r.machine, r.tool, r.environment_class, r.environment, r.planned_at, r.started_at, r.ended_at, r.events, r.position_from, r.position_to
            from results.runs r left join results.experiments e on e.experiment = r.experiment where r.run = $1
            """;

        private const string Steps = """
            select step, kind, state, inputs, key, fields->'seeds' as seeds, fields->>'codeFingerprint' as code_fingerprint, source_run, source_step, failure_code, failure_message, starts,
                   started_at, ended_at, seconds
            from results.steps where run = $1 order by ordinal
            """;

        private const string Metrics = """
            select s.step, s.inputs->>'model' as model_step, m.metric, m.layer, m.value, m.unit, m.class, m.position
            from results.steps s
            join results.origins o on o.run = s.run and o.step = s.step
            join results.measurements m on m.run = o.origin_run and m.step = o.origin_step
            where s.run = any($1) order by s.ordinal, m.position, m.ordinal
            """;

        private const string Attacks = """
            select run, number, seed, point, model_step, attack_step, dataset, split, examples, examples_digest, clean_accuracy, adversary, norm, eps, eps_as_written,
                   eps_space, clip, attack, attack_settings, gradient, robust_accuracy, robust_low, robust_high, attacked, broken, worst_case, attacks_in_worst_case, flags, flag_codes, retracted, position_to
            from results.robustness where run = any($1) order by attack_ordinal, worst_case, attack_step collate "C"
            """;
    }
}

/// <param name="Position">Position of the ledger this is as of.</param>
/// <param name="Tainted">Results of this run that rest on a retracted one.</param>
/// <param name="RestingOnIt">Results of other runs that are tainted since this one was retracted.</param>
public sealed record RunDetails(
    long Position, RunFacts Run, IReadOnlyList<StepRow> Steps, IReadOnlyList<DatasetRow> Datasets, IReadOnlyList<MetricRow> Metrics,
    IReadOnlyList<RobustnessRow> Attacks, IReadOnlyList<ArtifactRow> Artifacts, IReadOnlyList<FlagRow> Flags, IReadOnlyList<ReviewRow> Reviews,
    IReadOnlyList<ComparisonRow> Comparisons, IReadOnlyList<TaintedStep> Tainted, IReadOnlyList<TaintedStep> RestingOnIt);

/// <summary>A row of <c>results.runs</c>.</summary>
public sealed record RunFacts(
    string Run, string? Experiment, string ExperimentId, int Number, IReadOnlyDictionary<string, string> Point, long Seed, int Threads, string SpecDigest,
    string? ReplayOf, string? ReplayVerdict, string State, int Attempt, string? Machine, string? Tool, string? EnvironmentClass, JsonElement? Environment,
    DateTimeOffset PlannedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int Events, long PositionFrom, long PositionTo);

/// <summary>A row of <c>results.steps</c>.</summary>
public sealed record StepRow(
    string Step, string Kind, string State, IReadOnlyDictionary<string, string> Inputs, string? Key, IReadOnlyDictionary<string, string>? Seeds, string? CodeFingerprint,
    string? SourceRun, string? SourceStep, string? FailureCode, string? FailureMessage, int Starts, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, double? Seconds);

public sealed record DatasetRow(string Name, string Source, string Split, int Examples, int[] Shape, int Classes, string Digest);

/// <summary>A metric of this run's networks, wherever it was computed.</summary>
/// <param name="Layer">The layer, or other part, the value is about; null: the whole.</param>
public sealed record MetricRow(string Step, string? ModelStep, string Metric, string? Layer, double? Value, string Unit, string Class, long Position);

/// <param name="ReleasedAt">When its bytes were last freed on purpose; null: never. Whether they are there again, the ledger does not know.</param>
public sealed record ArtifactRow(string? Step, string Role, string Digest, long Bytes, DateTimeOffset? ReleasedAt);

public sealed record FlagRow(long Position, string Step, string Code, double? Value, double? Threshold, string RaisedBy, string? Reason);

public sealed record ReviewRow(long Position, DateTimeOffset RecordedAt, string Said, string? Reason, string? SupersededBy, string? Digest, long? Bytes);

public sealed record ComparisonRow(string Step, string Verdict, string? FirstDifference, double? MaxAbsDifference, long? MaxUlpDifference);
