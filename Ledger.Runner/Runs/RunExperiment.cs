using FluentValidation;
using Ledger.Domain.Experiments;
using Ledger.Runner.Experiments;
using Ledger.Runner.Terminal;
using MediatR;
using Spectre.Console;

namespace Ledger.Runner.Runs;

/// <summary>Registers a specification and carries out every run of it that the ledger does not have yet.</summary>
/// <param name="Scale">Column of the file's <c>scales</c>; null when it has none.</param>
/// <param name="ExtraSeeds">Seeds beside those in the file.</param>
/// <param name="Again">Also those that are there, as new runs that reuse nothing.</param>
/// <param name="Reuse">Whether equal steps are taken over from other runs.</param>
/// <param name="Amend">Why the specification changed, when it did; null: a changed one is refused.</param>
/// <param name="Parallel">Runs side by side; null: as many as the cores allow at the file's thread count.</param>
public sealed record RunExperiment(
    string File, string? Scale, IReadOnlyList<long> ExtraSeeds, bool Again, bool Reuse, string? Amend, int? Parallel, TimeSpan StepLimit) : IRequest<RunReport>, ICarriesOutRuns
{
    public sealed class Validator : CarriesOutRunsValidator<RunExperiment>
    {
        public Validator()
        {
            RuleFor(command => command.File).Must(System.IO.File.Exists).WithMessage("an experiment file that is there");
            RuleFor(command => command.ExtraSeeds).Must(seeds => seeds.Distinct().Count() == seeds.Count).WithMessage("each seed once");
        }
    }

    public sealed class Handler(WorkshopOpening opening, TimeProvider time, IAnsiConsole console) : IRequestHandler<RunExperiment, RunReport>
    {
        public async Task<RunReport> Handle(RunExperiment command, CancellationToken cancellationToken)
        {
            var spec = ReadSpec.Read(command.File, command.Scale, command.ExtraSeeds);
            await using var opened = await opening.Open(spec.Runs[0].Threads, command.Parallel, command.StepLimit, cancellationToken);
            var shop = opened.Workshop;
            await shop.CatchUp(cancellationToken);
            var experiment = await RegisterExperiment.Register(shop, spec, Reason(command), cancellationToken);
            var runs = await ExperimentPlan.Against(shop.Store, experiment.Experiment, spec, cancellationToken);
            var todo = command.Again ? [.. runs.Select(run => run with { Run = null, State = null })] : runs.Where(run => !run.IsDone).ToList();
            if (todo.Count == 0)
                return new RunReport(experiment.Experiment, spec.Slug, runs.Count, []);

            var actor = LedgerHome.ActorOf(experiment.Experiment, $"run {Path.GetFileName(command.File)}");
            var reuse = command.Reuse && !command.Again;
            var recorders = await PlanRuns.Record(shop, experiment, spec, todo, reuse, actor, cancellationToken);
            await CarryOut(shop, recorders, spec, reuse, cancellationToken);
            await shop.CatchUp(CancellationToken.None);
            return new RunReport(experiment.Experiment, spec.Slug, runs.Count, [.. recorders.Select(recorder => recorder.State)], await shop.Seal(CancellationToken.None));
        }

        private static string? Reason(RunExperiment command) =>
            command.Amend ?? (command.ExtraSeeds.Count > 0 ? $"seeds added: {string.Join(", ", command.ExtraSeeds)}" : null);

        private async Task CarryOut(
            Workshop shop, IReadOnlyList<RunRecorder> recorders, ResolvedExperiment spec, bool reuse, CancellationToken stop)
        {
            var plans = recorders.Select(recorder => recorder.State.Plan).ToList();
            var forecasts = new StepForecasts(shop, reuse);
            foreach (var plan in plans)
                await forecasts.Of(new RunPlan(plan.Number, plan.Point, plan.Seed, plan.Threads, plan.Steps), stop);
            await new WatchedRuns(console, time).CarryOut(
                shop, recorders, RunHeading.Experiment(spec, plans, forecasts.WallSeconds()), forecasts.WallSeconds(),
                (recorder, report) => new RunSteps(shop, recorder, reuse ? recorder.Equal(shop.Reuse) : null, report), stop);
        }
    }
}
