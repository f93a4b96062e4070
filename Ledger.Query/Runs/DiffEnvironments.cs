using System.Text.Json;
using FluentValidation;
using Ledger.Domain.Evidence;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>In what two runs were computed differently: every recorded fact of their environments that is not the same.</summary>
/// <param name="Mine">The beginning of a run's id.</param>
/// <param name="Theirs">Of another.</param>
public sealed record DiffEnvironments(string Mine, string Theirs) : IRequest<EnvironmentDifferences>
{
    internal sealed class Validator : AbstractValidator<DiffEnvironments>
    {
        public Validator()
        {
            RuleFor(query => query.Mine).NotEmpty().WithMessage("the beginning of a run's id").OverridePropertyName("first run");
            RuleFor(query => query.Theirs).NotEmpty().WithMessage("the beginning of a run's id").OverridePropertyName("second run");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<DiffEnvironments, EnvironmentDifferences>
    {
        public async Task<EnvironmentDifferences> Handle(DiffEnvironments request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            var mine = await Of(reading, request.Mine, cancellationToken);
            var theirs = await Of(reading, request.Theirs, cancellationToken);
            return new EnvironmentDifferences(mine.Run, theirs.Run, mine.Class == theirs.Class, Difference.Between(mine.Environment, theirs.Environment));
        }

        private static async Task<(string Run, string? Class, JsonElement Environment)> Of(Reading reading, string prefix, CancellationToken stop)
        {
            var run = await RunIds.Run(reading, prefix, stop);
            return (await reading.Rows(
                "select environment_class, environment::text from results.runs where run = $1",
                row => row.IsDBNull(1)
                    ? throw new Domain.BadInput(new Domain.Problem($"run {run}, which has not begun", "a run that has, and so knows where"))
                    : (run, (string?)row.GetString(0), JsonDocument.Parse(row.GetString(1)).RootElement),
                stop, run))[0];
        }
    }
}

/// <param name="SameClass">Whether bit-for-bit equality is promised between the two.</param>
/// <param name="Differences">Those of the class begin with <c>class.</c>.</param>
public sealed record EnvironmentDifferences(string Mine, string Theirs, bool SameClass, IReadOnlyList<Difference> Differences);
