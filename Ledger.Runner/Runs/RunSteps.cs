using System.Diagnostics;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Compression;
using Ledger.Runner.Executor;
using Ledger.Runner.Replays;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Runs;

/// <summary>Carries out one run: its steps in the order of the plan, each taken over from an equal one or computed.</summary>
/// <param name="equal">Where equal steps are looked for; null: nothing is taken over.</param>
/// <param name="report">News for people; called from several runs at once.</param>
/// <param name="replay">Holds the run against the one it replays; null for an original.</param>
public sealed class RunSteps(Workshop shop, RunRecorder recorder, FindEqual? equal, Action<RunNews> report, ReplayComparison? replay = null)
{
    private readonly Dictionary<string, StepCompletion> made = [];
    private Reservation? reserved;

    private RunState Run => recorder.State;

    /// <summary>Ends with the run completed or failed; throws when stopped, leaving it resumable.</summary>
    /// <param name="reservation">The lock of a key that was taken for this run; null: none.</param>
    /// <exception cref="RunStopped">There is no room for what a step made.</exception>
    public async Task CarryOut(Reservation? reservation, CancellationToken stop)
    {
        reserved = reservation;
        await RememberDone(stop);
        if (replay is null)
        {
            await CarryOutAll(stop);
            await recorder.Record(RunDecisions.Finish);
        }
        else
            await Replay(replay, stop);
    }

    private async Task CarryOutAll(CancellationToken stop)
    {
        foreach (var step in Run.Plan.Steps)
        {
            stop.ThrowIfCancellationRequested();
            if (!Run.IsSettled(step.Path))
                await CarryOut(step, stop);
            if (replay is not null)
                await replay.Compare(recorder, step);
        }
    }

    private async Task Replay(ReplayComparison comparison, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, comparison.Early);
        try
        {
            await CarryOutAll(either.Token);
            await comparison.Judge(recorder);
            await recorder.Record(RunDecisions.Finish);
        }
        catch (OperationCanceledException) when (comparison.Early.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            foreach (var step in Run.Plan.Steps.Where(step => Run.Steps[step.Path] is { Compared: null, Status: not StepStatus.Planned }))
                await comparison.Compare(recorder, step);
            await comparison.Judge(recorder);
            await recorder.Record(run => RunDecisions.Cancel(run, "stopped at the first difference"));
        }
    }

    private async Task CarryOut(PlannedStep step, CancellationToken stop)
    {
        if (step.Inputs.Values.FirstOrDefault(input => !made.ContainsKey(input)) is { } missing)
        {
            await Settle(step, new StepFailed(step.Path, FailureCodes.InputFailed, $"step {missing}, which it needs, failed"), 0);
            return;
        }

        var spec = step.Config.Deserialize<StepSpec>(LedgerJson.Options)!;
        var inputs = StepInputs.Of(step, made);
        foreach (var examples in StepIdentities.ExamplesOf(spec).Values)
            await recorder.Record(run => RunDecisions.PinDataset(run, shop.Pins.Of(examples)));
        var fields = shop.Identities.Fields(step, spec, inputs, Run.Plan.Seed);
        var key = StepKey.Of(fields);
        await using var held = reserved?.Use(key.ToString()) ?? await shop.Locks.Take(key.ToString(), stop);
        if (equal is not null && await Reusable(equal, key, stop) is { } found)
            await TakeOver(step, found, key, fields);
        else
            await Compute(step, spec, inputs, key, fields, stop);
    }

    /// <summary>
    /// Under the key's lock, so whoever held it before has its result in the ledger. Of a finished study every key is in tables folded a moment ago,
    /// and folding them again for each would take most of the time.
    /// </summary>
    private async Task<ReusableStep?> Reusable(FindEqual find, ContentHash key, CancellationToken stop)
    {
        if (shop.IsFresh() && await find(key, stop) is { } there)
            return there;
        await shop.CatchUp(stop);
        return await find(key, stop);
    }

    private async Task TakeOver(PlannedStep step, ReusableStep found, ContentHash key, StepKeyFields fields)
    {
        await recorder.Record(run => RunDecisions.ReuseStep(
            run, new StepReused(step.Path, found.Run, found.Step, key.ToString(), fields), replay?.Siblings));
        made[step.Path] = found.Completion;
        report(new StepEnded(Run.Plan.Number, step.Path, step.Kind, Label, "reused", 0, ""));
    }

    private async Task Compute(
        PlannedStep step, StepSpec spec, StepInputs inputs, ContentHash key, StepKeyFields fields, CancellationToken stop)
    {
        await using var lease = await Lend(step, stop);
        if (lease is null)
            return;
        var place = await StepCheckpoints.Place(shop, Run, step, key, stop);
        await recorder.Record(run => RunDecisions.StartStep(run, new StepStarted(step.Path, key.ToString(), fields, place.ResumeFrom)));
        report(new StepBegan(Run.Plan.Number, step.Path, step.Kind, Label, PruningEpochs.Of(spec), shop.Time.GetUtcNow()));
        var began = Stopwatch.GetTimestamp();
        var task = new StepTask(
            step.Path, spec, inputs.Models, StepIdentities.Seeds(step, spec, Run.Plan.Seed), shop.Pins.Locations(spec), shop.Artifacts.Folder, Run.Plan.Threads,
            inputs.Perturbed, place);
        var result = await lease.Executor.Run(task, RecordEpoch, shop.StepLimit, stop);
        if (result is NotDone { Code: ArtifactStoreFull.Word } full)
            throw new RunStopped(full.Code, full.Message);
        await Settle(step, Checked(step, result), Stopwatch.GetElapsedTime(began).TotalSeconds);
        StepCheckpoints.Forget(place);
    }

    /// <summary>Null when no executor came up, which fails the step.</summary>
    private async Task<ExecutorPool.Lease?> Lend(PlannedStep step, CancellationToken stop)
    {
        try
        {
            return await shop.Executors.Lend(stop);
        }
        catch (StepFailure down)
        {
            await Settle(step, new StepFailed(step.Path, down.Code, down.Message), 0);
            return null;
        }
    }

    private async Task RecordEpoch(EpochCompleted epoch)
    {
        await recorder.Record(run => RunDecisions.RecordEpoch(run, epoch));
        replay?.See(epoch);
        report(new EpochSeen(Run.Plan.Number, epoch.Step, epoch.Epoch, epoch.Loss, epoch.Seconds));
    }

    /// <summary>The executor's word is taken only for what the store really holds.</summary>
    private (RunEvent Event, IReadOnlyList<ResultFlagged> Flags) Checked(PlannedStep step, FromExecutor result)
    {
        try
        {
            if (result is Done done)
            {
                StepArtifacts.Verify(shop.Artifacts, done.Completion);
                return (done.Completion, done.Flags);
            }

            var failed = (NotDone)result;
            return (new StepFailed(step.Path, failed.Code, failed.Message), []);
        }
        catch (CorruptEvidence corrupt)
        {
            return (new StepFailed(step.Path, FailureCodes.Artifact, corrupt.Message), []);
        }
    }

    private Task Settle(PlannedStep step, RunEvent ending, double seconds) => Settle(step, (ending, []), seconds);

    private async Task Settle(PlannedStep step, (RunEvent Event, IReadOnlyList<ResultFlagged> Flags) result, double seconds)
    {
        if (result.Event is StepCompletion completion)
        {
            await recorder.Record(run => RunDecisions.CompleteStep(run, completion, result.Flags));
            made[step.Path] = completion;
            report(new StepEnded(Run.Plan.Number, step.Path, step.Kind, Label, "done", seconds, StepSummary.Of(completion)));
        }
        else
        {
            var failed = (StepFailed)result.Event;
            await recorder.Record(run => RunDecisions.FailStep(run, failed));
            report(new StepEnded(Run.Plan.Number, step.Path, step.Kind, Label, "failed", seconds, $"{failed.Code}: {failed.Message}"));
        }
    }

    private string Label => RunLabel.Of(Run.Plan.Point, Run.Plan.Seed);

    /// <summary>On resuming: what earlier steps of this run made or took over.</summary>
    private async Task RememberDone(CancellationToken stop)
    {
        foreach (var (path, step) in Run.Steps)
        {
            var completion = step.Reused is { } reused
                ? await shop.Reuse.CompletionOf(reused.SourceRun, reused.SourceStep, stop)
                : step.Completion;
            if (completion is not null)
                made[path] = completion;
        }
    }
}
