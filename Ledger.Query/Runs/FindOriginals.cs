using FluentValidation;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>The runs somebody means who asks for a replay: those at their end that are no replays themselves.</summary>
/// <param name="Of">The beginning of a run's id, or of an experiment's name or id; null: the whole ledger.</param>
/// <param name="Since">Only runs that ended at this position or time, or later; null: all.</param>
public sealed record FindOriginals(string? Of, string? Since) : IRequest<Originals>
{
    internal sealed class Validator : AbstractValidator<FindOriginals>
    {
        public Validator() => RuleFor(query => query.Since).Must(since => since is null || AsOf.TryParse(since, out _))
            .WithMessage("a position or a time").OverridePropertyName("--since");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<FindOriginals, Originals>
    {
        private const string Ended = """
            select run from results.runs
            where replay_of is null and state in ('completed', 'failed') and ($1 = '' or experiment = $1) and position_to >= $2
            order by position_from
            """;

        public async Task<Originals> Handle(FindOriginals request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            var (run, experiment) = request.Of is null ? (null, null) : await RunIds.RunOrExperiment(reading, request.Of, cancellationToken);
            if (run is not null)
                return new Originals([run]);
            var since = request.Since is not null && AsOf.TryParse(request.Since, out var asOf) ? await reading.PositionOf(asOf!, "--since", cancellationToken) : 0;
            return new Originals(await reading.Rows(Ended, row => row.GetString(0), cancellationToken, experiment?.Experiment ?? "", since));
        }
    }
}

/// <param name="Runs">Ids in the order of their plans.</param>
public sealed record Originals(IReadOnlyList<string> Runs);
