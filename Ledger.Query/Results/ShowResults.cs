using System.Text.Json;
using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Query.Runs;
using MediatR;
using Npgsql;

namespace Ledger.Query.Results;

/// <summary>The results of one experiment: matrix points down, attacks across, mean and deviation over seeds.</summary>
/// <param name="Experiment">Name, or the beginning of name or id; null: the one registered last.</param>
/// <param name="AsOf">A position or a time; null: now.</param>
public sealed record ShowResults(string? Experiment = null, string? AsOf = null) : IRequest<ResultsTable>
{
    internal sealed class Validator : AbstractValidator<ShowResults>
    {
        public Validator() => RuleFor(query => query.AsOf)
            .Must(text => text is null || Results.AsOf.TryParse(text, out _))
            .WithMessage(Results.AsOf.Expected).OverridePropertyName("--as-of");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ShowResults, ResultsTable>
    {
        public async Task<ResultsTable> Handle(ShowResults request, CancellationToken cancellationToken)
        {
            AsOf? asOf = null;
            if (request.AsOf is not null)
                _ = Results.AsOf.TryParse(request.AsOf, out asOf);
            await using var reading = await Reading.Open(source, asOf, cancellationToken);
            return await Of(reading, request.Experiment, cancellationToken);
        }
    }

    /// <summary>The same without a request, for a runner that has just finished.</summary>
    public static async Task<ResultsTable> Of(Reading reading, string? experiment, CancellationToken stop)
    {
        var named = experiment is null ? await Latest(reading, stop) : await RunIds.Experiment(reading, experiment, stop);
        var models = await reading.Read<ModelRow>(Models, stop, named.Experiment);
        var attacks = await reading.Read<RobustnessRow>(Robustness, stop, named.Experiment);
        var metrics = await reading.Read<NetworkMetric>(Metrics, stop, named.Experiment);
        return ResultsTable.Of(named, reading.Position, await Show(reading, named, stop), models, attacks, metrics);
    }

    private static async Task<ShowSpec?> Show(Reading reading, Named experiment, CancellationToken stop)
    {
        var show = await reading.Rows("select spec->>'show' from results.experiments where experiment = $1 and spec ? 'show'", row => row.GetString(0), stop, experiment.Experiment);
        return show.Count == 0 ? null : JsonSerializer.Deserialize<ShowSpec>(show[0], LedgerJson.Options);
    }

    private static async Task<Named> Latest(Reading reading, CancellationToken stop) =>
        await reading.Read<Named>("select experiment, slug from results.experiments order by position_from desc limit 1", stop) is [var latest]
            ? latest
            : throw new BadInput(new Problem("a ledger without experiments", "at least one", Hint: "ledger run experiments/quickstart.yaml makes one"));

    private const string Models = """
        select run, number, seed, point, scale, replay_of, model_step, model_ordinal, state, clean_accuracy_full, clean_examples_full, compression, requested, achieved,
               parameters, nonzero_parameters, size_bytes, macs, latency_ms_p50, latency_batch, retracted, position_from,
               gradient_evaluations_train, train_seconds,
               exists (select from results.reviews w where w.run = m.run and w.said = 'superseded') as superseded,
               exists (select from results.reviews w where w.run = m.run and w.said = 'retracted') as retracted_itself
        from results.models m where experiment_id = $1
        order by number, seed, position_from, model_ordinal
        """;

    private const string Metrics = """
        select run, model_step, attack_step, adversary, eps_as_written, metric, value, unit
        from results.metrics m where experiment_id = $1 and layer is null
        order by number, seed, position, ordinal
        """;

    private const string Robustness = """
        select run, number, seed, point, model_step, attack_step, dataset, split, examples, examples_digest, clean_accuracy, adversary, norm, eps, eps_as_written,
               eps_space, clip, attack, attack_settings, gradient, robust_accuracy, robust_low, robust_high, attacked, broken, worst_case, attacks_in_worst_case, flags, flag_codes, retracted, position_to
        from results.robustness r where experiment_id = $1
        order by number, seed, position_from, model_ordinal, attack_ordinal, worst_case, attack_step collate "C"
        """;
}
