using FluentValidation;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>What a person means by a few letters.</summary>
/// <param name="Text">The beginning of a run's id, or of an experiment's name or id.</param>
public sealed record FindRunOrExperiment(string Text) : IRequest<Found>
{
    internal sealed class Validator : AbstractValidator<FindRunOrExperiment>
    {
        public Validator() => RuleFor(query => query.Text).NotEmpty().WithMessage("the beginning of a run's id, or an experiment's name").OverridePropertyName("run or experiment");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<FindRunOrExperiment, Found>
    {
        public async Task<Found> Handle(FindRunOrExperiment request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            var (run, experiment) = await RunIds.RunOrExperiment(reading, request.Text, cancellationToken);
            return new Found(run, experiment?.Slug);
        }
    }
}

/// <summary>One of the two.</summary>
public sealed record Found(string? Run, string? Experiment);
