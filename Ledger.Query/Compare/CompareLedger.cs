using FluentValidation;
using Ledger.Domain;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using MediatR;
using Npgsql;

namespace Ledger.Query.Compare;

/// <summary>
/// Runs beside runs, results tables beside results tables, or one table at two positions: what differs, and of two sides how sure that is.
/// A replay by itself is held against its original.
/// </summary>
/// <param name="Of">Beginnings of ids of runs, or names of experiments; not both.</param>
/// <param name="AsOf">Positions or times. Two, or one and now, of a single experiment; else at most one, for all.</param>
/// <param name="All">Also what is the same, and values of single layers.</param>
/// <param name="Resamples">Of the bootstrap beside the interval; 0: none.</param>
public sealed record CompareLedger(IReadOnlyList<string> Of, IReadOnlyList<string> AsOf, bool All = false, int Resamples = 0) : IRequest<Comparison>
{
    private const int MostSides = 200, MostResamples = 1_000_000;

    internal sealed class Validator : AbstractValidator<CompareLedger>
    {
        public Validator()
        {
            RuleFor(query => query.Of.Count).InclusiveBetween(1, MostSides).WithMessage($"1 to {MostSides} runs or experiments").OverridePropertyName("of");
            RuleForEach(query => query.Of).NotEmpty().WithMessage("the beginning of a run's id, or an experiment's name").OverridePropertyName("of");
            RuleForEach(query => query.AsOf).Must(text => Results.AsOf.TryParse(text, out _)).WithMessage(Results.AsOf.Expected).OverridePropertyName("--as-of");
            RuleFor(query => query.AsOf.Count).Must((query, count) => count <= (query.Of.Count == 1 ? 2 : 1))
                .WithMessage("one for all sides, or two for one experiment").OverridePropertyName("--as-of");
            RuleFor(query => query.Resamples).InclusiveBetween(0, MostResamples).WithMessage($"0 to {MostResamples}").OverridePropertyName("--bootstrap");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<CompareLedger, Comparison>
    {
        public async Task<Comparison> Handle(CompareLedger request, CancellationToken cancellationToken)
        {
            var moments = request.AsOf.Select(Moment).ToList();
            await using var reading = await Reading.Open(source, moments.FirstOrDefault(), cancellationToken);
            var meant = new List<(string? Run, Named? Experiment)>();
            foreach (string text in request.Of)
                meant.Add(await RunIds.RunOrExperiment(reading, text, cancellationToken));
            if (meant.TrueForAll(side => side.Run is not null))
                return await ComparedRuns.Of(reading, [.. meant.Select(side => side.Run!)], request.All, request.Resamples, cancellationToken);
            if (meant.Exists(side => side.Run is not null))
                throw new BadInput(new Problem("runs and experiments together", "either", "of"));
            if (meant.Count > 1)
                return await ComparedResults.Of([.. meant.Select(side => (reading, side.Experiment!))], request.All, request.Resamples, cancellationToken);
            if (moments.Count == 0)
                throw new BadInput(new Problem("one experiment and no position", "a second experiment, or --as-of", "of", Hint: $"ledger compare {meant[0].Experiment!.Slug} --as-of 120"));
            await using var later = await Reading.Open(source, moments.ElementAtOrDefault(1), cancellationToken);
            return await ComparedResults.Of([(reading, meant[0].Experiment!), (later, meant[0].Experiment!)], request.All, request.Resamples, cancellationToken);
        }

        private static AsOf Moment(string text) => Results.AsOf.TryParse(text, out var asOf) ? asOf! : throw new ArgumentException(text, nameof(text));
    }
}
