using Ledger.Runner.Experiments;
using MediatR;

namespace Ledger.Runner.Runs;

/// <summary>What <see cref="RunExperiment"/> would do with a file, without recording anything.</summary>
public sealed record PlanExperiment(string File, string? Scale, IReadOnlyList<long> ExtraSeeds, bool Reuse, int? Parallel)
    : IRequest<ExperimentForecast>
{
    public sealed class Handler(WorkshopOpening opening) : IRequestHandler<PlanExperiment, ExperimentForecast>
    {
        public async Task<ExperimentForecast> Handle(PlanExperiment request, CancellationToken cancellationToken)
        {
            var spec = ReadSpec.Read(request.File, request.Scale, request.ExtraSeeds);
            await using var opened = await opening.Open(spec.Runs[0].Threads, request.Parallel, TimeSpan.FromHours(1), cancellationToken);
            var shop = opened.Workshop;
            await shop.CatchUp(cancellationToken);
            var experiment = await RegisterExperiment.Standing(shop.Store, spec.Slug, cancellationToken);
            var runs = await ExperimentPlan.Against(shop.Store, experiment?.Experiment, spec, cancellationToken);
            var forecasts = new StepForecasts(shop, request.Reuse);
            var rows = new List<RunForecast>();
            foreach (var run in runs)
                rows.Add(new RunForecast(run.Plan.Number, RunLabel.Of(run.Plan.Point, run.Plan.Seed), run.State, run.IsDone ? [] : await forecasts.Of(run.Plan, cancellationToken)));
            return new ExperimentForecast(spec.Slug, spec.SpecDigest, rows, forecasts.WallSeconds());
        }
    }
}

/// <param name="Seconds">Estimated wall time of what is to be computed.</param>
public sealed record ExperimentForecast(string Experiment, string SpecDigest, IReadOnlyList<RunForecast> Runs, double Seconds);

/// <param name="State">State of the run in the ledger; null: new.</param>
public sealed record RunForecast(int Number, string Label, string? State, IReadOnlyList<StepForecast> Steps);

/// <param name="What">compute, reuse (an equal result is in the ledger), share (an earlier run of this plan computes it), or
/// depends (its input is not computed yet, so its key is not known).</param>
/// <param name="Source">Run and step it would be taken from; null otherwise.</param>
public sealed record StepForecast(string Step, string Kind, string What, string? Source, double Seconds);
