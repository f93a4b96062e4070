using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Data;
using Ledger.Runner.Experiments;
using Ledger.Runner.Runs;
using Ledger.Runner.Torch;

namespace Ledger.Runner.Bench.Recording;

/// <summary>
/// What keeping a ledger costs beside the computing itself, in a ledger of its own: recording through an executor process, replaying, taking
/// equal steps over, and checkpoints. Ratios; the two sides of each alternate and the fastest round of each counts.
/// </summary>
/// <param name="fold">Brings the results tables up to the ledger's head.</param>
public sealed class RecordingBench(FoldTables fold)
{
    private const int Rounds = 4;

    /// <summary>Writes one line per finding; takes some minutes.</summary>
    public async Task<IReadOnlyList<BenchFinding>> Run(TextWriter output, CancellationToken stop)
    {
        Determinism.Prepare(threads: 1);
        await using var ledger = new ScratchLedger(MeasuredRun.Yaml);
        List<BenchFinding> findings = [];
        foreach (var measure in new Func<Task<BenchFinding>>[]
        {
            () => Recording(ledger, stop), () => Commands.Replaying(ledger, Rounds, stop), () => Commands.Reusing(ledger, stop), () => Task.FromResult(Saving.Measured(Rounds, stop)),
        })
        {
            var finding = await measure();
            findings.Add(finding);
            await output.WriteLineAsync($"{(finding.Holds ? "ok  " : "FAIL")} {finding.What}: {finding.Found:F3} {finding.Unit}, at most {finding.Most:F2}");
        }

        return findings;
    }

    private async Task<BenchFinding> Recording(ScratchLedger ledger, CancellationToken stop)
    {
        await using var postgres = await ledger.Use(stop);
        var home = new LedgerHome(postgres.ConnectionString, ledger.Place, TimeProvider.System, _ => { }, ledger.Folder.Location);
        await using (var store = LedgerStore.Open(postgres.ConnectionString, TimeProvider.System))
            await Migrate.Apply(store, LedgerHome.ActorOf("", "bench"), stop);
        var opening = new WorkshopOpening(home, DatasetCatalog.Of(ledger.Place), fold, TimeProvider.System);
        var spec = ReadSpec.Read(ledger.ExperimentFile, null, []);
        await using var workshop = await opening.Open(threads: 1, parallel: 1, TimeSpan.FromHours(1), stop);
        var shop = workshop.Workshop;
        await shop.CatchUp(stop);
        var experiment = await RegisterExperiment.Register(shop, spec, null, stop);
        var planned = (await ExperimentPlan.Against(shop.Store, experiment.Experiment, spec, stop))[0];
        RunState? last = null;
        async Task Recorded()
        {
            var recorders = await PlanRuns.Record(shop, experiment, spec, [planned with { Run = null, State = null }], reuse: false, LedgerHome.ActorOf(experiment.Experiment, "bench"), stop);
            await SideBySide.CarryOut(shop, recorders, recorder => new RunSteps(shop, recorder, null, _ => { }), _ => { }, stop);
            last = recorders[0].State;
        }

        // Both processes have compiled what they need after this.
        await Recorded();
        MeasuredRun.Compute(shop, last!.Plan, stop);
        var (a, b) = await ByTurns.Fastest(Rounds, Recorded, () => Task.Run(() => MeasuredRun.Compute(shop, last.Plan, stop), stop));
        return last.Status == RunStatus.Completed
            ? new("a recorded run in an executor over the same steps computed here without a record", a / b, 1.03, $"({a / 1000:F2} s against {b / 1000:F2} s)")
            : throw new InvalidOperationException($"The measured run did not complete: {last.Status}.");
    }
}
