using FluentValidation;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>The runs somebody means who names one, an experiment, or the whole ledger.</summary>
/// <param name="Of">The beginning of a run's id, or of an experiment's name or id; null: the whole ledger.</param>
/// <param name="Since">Only runs whose last event is at this position or time, or later; null: all.</param>
public sealed record FindRuns(string? Of, string? Since, RunsWanted Wanted) : IRequest<RunsFound>
{
    internal sealed class Validator : AbstractValidator<FindRuns>
    {
        public Validator() => RuleFor(query => query.Since).Must(since => since is null || AsOf.TryParse(since, out _))
            .WithMessage("a position or a time").OverridePropertyName("--since");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<FindRuns, RunsFound>
    {
        private const string Sql = """
            select run from results.runs
            where state = any($1) and ($2 or replay_of is null) and ($3 = '' or experiment = $3) and position_to >= $4
            order by position_from
            """;

        public async Task<RunsFound> Handle(FindRuns request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            var (run, experiment) = request.Of is null ? (null, null) : await RunIds.RunOrExperiment(reading, request.Of, cancellationToken);
            if (run is not null)
                return new RunsFound([run]);
            var since = request.Since is not null && AsOf.TryParse(request.Since, out var asOf) ? await reading.PositionOf(asOf!, "--since", cancellationToken) : 0;
            var (states, replays) = request.Wanted == RunsWanted.Ended ? (Ended, false) : (Open, true);
            return new RunsFound(await reading.Rows(Sql, row => row.GetString(0), cancellationToken, states, replays, experiment?.Experiment ?? "", since));
        }

        private static readonly string[] Ended = ["completed", "failed"], Open = ["planned", "running", "paused"];
    }
}

public enum RunsWanted
{
    /// <summary>Completed or failed, and no replays: what can be replayed.</summary>
    Ended,

    /// <summary>Planned, paused, or running as far as the ledger knows: what can be gone on with.</summary>
    Open,
}

/// <param name="Runs">Ids in the order of their plans; the one named, whatever its state, where one was.</param>
public sealed record RunsFound(IReadOnlyList<string> Runs);
