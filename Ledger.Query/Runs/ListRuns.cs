using FluentValidation;
using Ledger.Query.Filters;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>The runs of the ledger or of one experiment, in the order of their plans.</summary>
/// <param name="Experiment">Name, or the beginning of name or id; null: all.</param>
/// <param name="State">One of <see cref="States"/>; null: all.</param>
/// <param name="Where">A <see cref="Filter"/> over <see cref="RunColumns"/>; null: all.</param>
/// <param name="After">Only runs planned after this position: the last one of the page before.</param>
/// <param name="Limit">Most runs; null: all.</param>
public sealed record ListRuns(string? Experiment = null, string? State = null, string? Where = null, long After = 0, int? Limit = null) : IRequest<RunList>
{
    public static IReadOnlyList<string> States { get; } = ["planned", "running", "paused", "completed", "failed", "cancelled"];

    internal sealed class Validator : AbstractValidator<ListRuns>
    {
        public Validator()
        {
            RuleFor(query => query.State)
                .Must(state => state is null || States.Contains(state, StringComparer.Ordinal))
                .WithMessage($"one of {string.Join(", ", States)}").OverridePropertyName("--state");
            RuleFor(query => query.After).GreaterThanOrEqualTo(0).WithMessage("a position, 0 or more").OverridePropertyName("--after");
            RuleFor(query => query.Limit).GreaterThan(0).WithMessage("1 or more").OverridePropertyName("--limit");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ListRuns, RunList>
    {
        public async Task<RunList> Handle(ListRuns request, CancellationToken cancellationToken)
        {
            var columns = new FilterSql(RunColumns.Of, RunColumns.Names, first: 4);
            string where = request.Where is null ? "true" : columns.Of(Filter.Parse(request.Where));
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string? experiment = request.Experiment is null ? null : (await RunIds.Experiment(reading, request.Experiment, cancellationToken)).Experiment;
            var runs = await reading.Read<RunRow>(
                $"{Sql} and {where} order by r.position_from limit {request.Limit ?? int.MaxValue}", cancellationToken, [experiment ?? "", request.State ?? "", request.After, .. columns.Values]);
            return new RunList(reading.Position, runs);
        }

        private const string Sql = """
            select r.run, e.slug as experiment, r.number, r.point, r.seed, r.state, r.steps, r.steps_completed, r.steps_reused, r.steps_failed,
                   (select count(*) from results.flags f where f.run = r.run)::integer as flags,
                   exists (select from results.reviews w where w.run = r.run and w.said = 'retracted') as retracted,
                   (select w.superseded_by from results.reviews w where w.run = r.run and w.said = 'superseded' order by w.position desc limit 1) as superseded_by,
                   r.replay_of, r.replay_verdict, r.attempt, r.machine, r.planned_at, r.started_at, r.ended_at, r.events, r.position_from, r.position_to
            from results.runs r left join results.experiments e on e.experiment = r.experiment
            where ($1 = '' or r.experiment = $1) and ($2 = '' or r.state = $2) and r.position_from > $3
            """;
    }
}

/// <param name="Position">Position of the ledger the list is as of.</param>
public sealed record RunList(long Position, IReadOnlyList<RunRow> Runs);

/// <summary>A row of <c>results.runs</c> with its flags and what was said of it; columns as documented there.</summary>
public sealed record RunRow(
    string Run, string? Experiment, int Number, IReadOnlyDictionary<string, string> Point, long Seed, string State, int Steps, int StepsCompleted,
    int StepsReused, int StepsFailed, int Flags, bool Retracted, string? SupersededBy, string? ReplayOf, string? ReplayVerdict, int Attempt, string? Machine,
    DateTimeOffset PlannedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int Events, long PositionFrom, long PositionTo);
