using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>Why a step was computed or reused: the fields of its key against the nearest other step of the same kind.</summary>
/// <param name="Run">Beginning of the run's id.</param>
/// <param name="Step">Path of the step.</param>
public sealed record ExplainStep(string Run, string Step) : IRequest<StepExplanation>
{
    internal sealed class Validator : AbstractValidator<ExplainStep>
    {
        public Validator()
        {
            RuleFor(query => query.Run).NotEmpty().WithMessage("the beginning of a run's id").OverridePropertyName("run");
            RuleFor(query => query.Step).NotEmpty().WithMessage("the path of a step").OverridePropertyName("step");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ExplainStep, StepExplanation>
    {
        // Enough to find a neighbour, few enough to compare in a moment.
        private const int Candidates = 500;

        public async Task<StepExplanation> Handle(ExplainStep request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string run = await RunIds.Run(reading, request.Run, cancellationToken);
            var steps = await reading.Read<KeyedStep>($"{Columns} where run = $1 order by ordinal", cancellationToken, run);
            var step = steps.FirstOrDefault(s => s.Step == request.Step)
                ?? throw new BadInput(new Problem($"no step '{request.Step}' in run {run}", $"one of {string.Join(", ", steps.Select(s => s.Step))}"));
            if (step.Fields is null)
                return new StepExplanation(reading.Position, step, null, [], null);
            var others = await reading.Read<KeyedStep>(
                $"{Columns} where kind = $1 and fields is not null and (run, step) <> ($2, $3) order by (key = $4) desc, (step = $3) desc, position_from desc limit {Candidates}",
                cancellationToken, step.Kind, run, step.Step, step.Key!);
            var nearest = others.MinBy(other => step.KeyFields!.Differences(other.KeyFields!).Count);
            return new StepExplanation(
                reading.Position, step, nearest, nearest is null ? [] : step.KeyFields!.Differences(nearest.KeyFields!),
                await reading.Read<NotTaken>(Unusable, cancellationToken, step.Key!, run) is [var against] ? against : null);
        }

        private const string Unusable = """
            select w.run, w.said, w.recorded_at, w.reason
            from results.steps s join results.reviews w on w.run = s.run and w.said in ('retracted', 'artifact_released')
            where s.key = $1 and s.run <> $2 and s.state = 'completed' order by w.said = 'retracted' desc, w.position limit 1
            """;

        private const string Columns = "select run, step, kind, state, key, fields, source_run, source_step from results.steps";
    }
}

/// <param name="Nearest">The step of the same kind that differs in the fewest fields; null when there is no other.</param>
/// <param name="Differences">Empty when the keys are equal.</param>
/// <param name="NotTaken">A run that computed a step of this key, and that nothing is taken over from; null when there is none.</param>
public sealed record StepExplanation(long Position, KeyedStep Step, KeyedStep? Nearest, IReadOnlyList<Difference> Differences, NotTaken? NotTaken);

/// <param name="Said">retracted or artifact_released.</param>
public sealed record NotTaken(string Run, string Said, DateTimeOffset RecordedAt, string? Reason);
