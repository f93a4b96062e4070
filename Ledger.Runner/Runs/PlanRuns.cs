using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Runner.Runs;

/// <summary>Puts the plan of every run into the ledger, and gives the plans their positions, before any of them begins.</summary>
public static class PlanRuns
{
    /// <param name="reuse">Whether new runs may take equal steps over; those that are gone on with keep what their plan says.</param>
    /// <exception cref="Domain.Refused">The experiment does not stand with this specification (any more).</exception>
    public static async Task<IReadOnlyList<RunRecorder>> Record(
        Workshop shop, ExperimentState experiment, ResolvedExperiment spec, IReadOnlyList<PlannedRun> runs, bool reuse, Actor actor, CancellationToken stop)
    {
        ExperimentDecisions.MustBePlannable(experiment, spec.SpecDigest);
        var recorders = new List<RunRecorder>();
        foreach (var run in runs)
            recorders.Add(run is { IsResumable: true, Run: { } there }
                ? new RunRecorder(shop.Store, actor, await Load(shop.Store, there, stop))
                : await Plan(shop, experiment.Experiment, spec, run.Plan, reuse, actor, stop));
        await shop.Store.Advance(stop);
        return recorders;
    }

    public static async Task<RunState> Load(LedgerStore store, string run, CancellationToken stop) =>
        RunState.Fold(run, [.. (await store.Read($"run/{run}", stop: stop)).Select(recorded => (RunEvent)recorded.Data)]);

    private static async Task<RunRecorder> Plan(
        Workshop shop, string experiment, ResolvedExperiment spec, RunPlan plan, bool reuse, Actor actor, CancellationToken stop)
    {
        var planned = new Planned(experiment, spec.SpecDigest, plan.Number, plan.Point, plan.Seed, plan.Threads, plan.Steps, NoReuse: reuse ? null : true);
        var run = Ulid.NewUlid(shop.Time.GetUtcNow()).ToString();
        await shop.Store.Append($"run/{run}", 0, "plan", [.. RunDecisions.Plan(planned)], actor, stop);
        return new RunRecorder(shop.Store, actor, RunState.First(run, planned));
    }
}
