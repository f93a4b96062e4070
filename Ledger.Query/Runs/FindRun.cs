using FluentValidation;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>The one run whose id begins so. Never an experiment's only run: who speaks of a run names it.</summary>
/// <param name="Run">The beginning of its id.</param>
public sealed record FindRun(string Run) : IRequest<string>
{
    internal sealed class Validator : AbstractValidator<FindRun>
    {
        public Validator() => RuleFor(query => query.Run).NotEmpty().WithMessage("the beginning of a run's id").OverridePropertyName("run");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<FindRun, string>
    {
        public async Task<string> Handle(FindRun request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            return await RunIds.Run(reading, request.Run, cancellationToken);
        }
    }
}
