using Ledger.Domain.Evidence;

namespace Ledger.Domain.Runs;

/// <summary>
/// What may happen to a run: pure functions of (state, command) that return the events to append. What has happened already
/// returns none; what must not happen is <see cref="Refused"/> with the offending values. Words that came from the machine lose their secrets here.
/// </summary>
public static class RunDecisions
{
    /// <summary>The first event of a run's stream.</summary>
    public static IReadOnlyList<RunEvent> Plan(Planned plan)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
        {
            if (step.Inputs.Values.FirstOrDefault(input => !seen.Contains(input)) is { } unknown)
                throw new Refused("step-order", $"step {step.Path} needs {unknown}, which is not planned before it", ("step", step.Path), ("input", unknown));
            if (!seen.Add(step.Path))
                throw new Refused("step-twice", $"step {step.Path} is planned twice", ("step", step.Path));
        }

        return plan.Steps.Count > 0 ? [plan] : throw new Refused("no-steps", "a run has at least one step");
    }

    /// <summary>A worker begins, or takes over from one that stopped or died; appended before it does any work.</summary>
    public static IReadOnlyList<RunEvent> Begin(RunState run, EnvironmentFacts environment, Worker worker) => run.Status switch
    {
        RunStatus.Planned => [new Started(environment, environment.Class.Digest().ToString(), worker)],
        RunStatus.Running or RunStatus.Paused => [new Resumed(worker, run.Attempt + 1)],
        _ => throw AtItsEnd(run, "begin"),
    };

    /// <summary>Nothing when exactly these examples are pinned already.</summary>
    public static IReadOnlyList<RunEvent> PinDataset(RunState run, DatasetPinned pin)
    {
        MustRun(run, "pin a data set");
        var before = run.Datasets.FirstOrDefault(other => other.Name == pin.Name);
        if (before is null)
            return [pin];
        return before.Digest == pin.Digest
            ? []
            : throw new Refused(
                "data-changed", $"{pin.Name} was {before.Digest} when the run began and is {pin.Digest} now; the files behind it have changed",
                ("data", pin.Name), ("expected", before.Digest), ("found", pin.Digest));
    }

    /// <summary>A step that was started by a worker that died may be started again, from the beginning or after an epoch recorded under the same key.</summary>
    public static IReadOnlyList<RunEvent> StartStep(RunState run, StepStarted started)
    {
        var step = Open(run, started.Step, "start");
        MustHaveInputs(run, step);
        if (started.AfterEpoch is { } epoch && (step.Started?.Key != started.Key || epoch > step.Epochs))
        {
            throw new Refused(
                "not-that-far", $"step {started.Step} cannot go on after epoch {epoch}: {step.Epochs} are recorded under the key {step.Started?.Key ?? "of no start"}",
                ("step", started.Step), ("epoch", $"{epoch}"), ("recorded", $"{step.Epochs}"));
        }

        return [started];
    }

    /// <summary>Epochs are recorded in order, from 1.</summary>
    public static IReadOnlyList<RunEvent> RecordEpoch(RunState run, EpochCompleted epoch)
    {
        var step = MustBeStarted(run, epoch.Step);
        return epoch.Epoch == step.Epochs + 1
            ? [epoch]
            : throw new Refused(
                "epoch-order", $"epoch {epoch.Epoch} of step {epoch.Step} came after epoch {step.Epochs}",
                ("step", epoch.Step), ("expected", $"{step.Epochs + 1}"), ("found", $"{epoch.Epoch}"));
    }

    public static IReadOnlyList<RunEvent> CompleteStep(RunState run, StepCompletion completion, IReadOnlyList<ResultFlagged> flags)
    {
        var step = MustBeStarted(run, completion.Step);
        if (step.Plan.Kind != KindOf(completion))
        {
            throw new Refused(
                "wrong-completion", $"step {completion.Step} is a {step.Plan.Kind} step, and {completion.GetType().Name} is not how one ends",
                ("step", completion.Step), ("kind", step.Plan.Kind));
        }

        return [completion, .. flags];
    }

    /// <param name="siblings">Replays begun by the same command: what one of them has computed, another need not compute again.</param>
    public static IReadOnlyList<RunEvent> ReuseStep(RunState run, StepReused reused, IReadOnlySet<string>? siblings = null)
    {
        if (run.Plan.ReplayOf is not null && siblings?.Contains(reused.SourceRun) is not true)
            throw new Refused("replay-reuses", $"a replay takes nothing over from the runs that were there before, {reused.Step} neither", ("step", reused.Step));
        MustHaveInputs(run, Open(run, reused.Step, "reuse"));
        return reused.Key == StepKey.Of(reused.Fields).ToString()
            ? [reused]
            : throw new Refused("wrong-key", $"the key of {reused.Step} is not that of its fields", ("step", reused.Step), ("key", reused.Key));
    }

    public static IReadOnlyList<RunEvent> FailStep(RunState run, StepFailed failed)
    {
        Open(run, failed.Step, "fail");
        return [failed with { Message = Redaction.Redacted(failed.Message) }];
    }

    /// <summary>The end: completed when every step has a result, failed when one has failed.</summary>
    public static IReadOnlyList<RunEvent> Finish(RunState run)
    {
        if (run.Status is RunStatus.Completed or RunStatus.Failed)
            return [];
        MustRun(run, "finish");
        if (run.Steps.Values.FirstOrDefault(step => !step.IsSettled) is { } open)
            throw new Refused("step-open", $"step {open.Plan.Path} is {open.Status}, so the run is not at its end", ("step", open.Plan.Path));
        var failed = run.Steps.Values.Where(step => step.Status == StepStatus.Failed).Select(step => step.Plan.Path).ToList();
        var events = (int)run.Version + 1;
        return failed.Count == 0 ? [new Completed(events)] : [new Failed(failed, events)];
    }

    public static IReadOnlyList<RunEvent> Pause(RunState run, string reason) => run.Status switch
    {
        RunStatus.Running => [new Paused(Redaction.Redacted(reason))],
        RunStatus.Planned or RunStatus.Paused => [],
        _ => throw AtItsEnd(run, "pause"),
    };

    public static IReadOnlyList<RunEvent> Cancel(RunState run, string reason) => run.Status switch
    {
        RunStatus.Cancelled => [],
        RunStatus.Completed or RunStatus.Failed => throw AtItsEnd(run, "cancel"),
        _ => [new Cancelled(Redaction.Redacted(reason))],
    };

    /// <summary>Nothing when the step was compared before: a replay that goes on after an interruption.</summary>
    public static IReadOnlyList<RunEvent> CompareStep(RunState run, StepCompared compared)
    {
        MustBeReplay(run);
        if (!run.Steps.TryGetValue(compared.Step, out var step) || step.Status == StepStatus.Planned)
            throw new Refused("step-open", $"step {compared.Step} has nothing to compare", ("step", compared.Step));
        return step.Compared is null ? [compared with { FirstDifference = compared.FirstDifference is { } where ? Redaction.Redacted(where) : null }] : [];
    }

    public static IReadOnlyList<RunEvent> JudgeReplay(RunState run, ReplayJudged judged)
    {
        MustBeReplay(run);
        if (run.Verdict is { } verdict)
            return verdict == judged.Verdict ? [] : throw new Refused("judged-twice", $"run {run.Run} was judged {verdict} already", ("verdict", verdict));
        return [judged with { Causes = [.. judged.Causes.Select(Redaction.Redacted)] }];
    }

    private static StepState Open(RunState run, string path, string doing)
    {
        MustRun(run, $"{doing} a step");
        if (!run.Steps.TryGetValue(path, out var step))
            throw new Refused("unknown-step", $"run {run.Run} has no step {path}; it has {string.Join(", ", run.Steps.Keys)}", ("step", path));
        return step.IsSettled
            ? throw new Refused("step-settled", $"step {path} of run {run.Run} is {step.Status} already", ("step", path), ("status", $"{step.Status}"))
            : step;
    }

    private static StepState MustBeStarted(RunState run, string path)
    {
        var step = Open(run, path, "go on with");
        return step.Status == StepStatus.Started
            ? step
            : throw new Refused("step-not-started", $"step {path} of run {run.Run} was not started", ("step", path));
    }

    private static void MustHaveInputs(RunState run, StepState step)
    {
        foreach (var input in step.Plan.Inputs.Values.Where(input => !run.Steps[input].HasResult))
            throw new Refused("input-missing", $"step {step.Plan.Path} needs {input}, which is {run.Steps[input].Status}", ("step", step.Plan.Path), ("input", input));
    }

    private static void MustRun(RunState run, string doing)
    {
        if (run.Status != RunStatus.Running)
            throw new Refused("not-running", $"run {run.Run} is {run.Status}; only a running run can {doing}", ("run", run.Run), ("status", $"{run.Status}"));
    }

    private static void MustBeReplay(RunState run)
    {
        if (run.Plan.ReplayOf is null)
            throw new Refused("not-a-replay", $"run {run.Run} is not a replay", ("run", run.Run));
    }

    private static Refused AtItsEnd(RunState run, string doing) =>
        new("at-its-end", $"run {run.Run} is {run.Status}; it cannot {doing} any more", ("run", run.Run), ("status", $"{run.Status}"));

    private static string KindOf(StepCompletion completion) => completion switch
    {
        TrainingCompleted => "train",
        CompressionCompleted => "compress",
        AttackCompleted => "attack",
        _ => "measure",
    };
}
