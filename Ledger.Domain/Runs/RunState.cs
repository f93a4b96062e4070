namespace Ledger.Domain.Runs;

/// <summary>Where a run stands. Only <see cref="Paused"/> and an abandoned <see cref="Running"/> can be resumed.</summary>
public enum RunStatus
{
    Planned,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>Where a step of a run stands.</summary>
public enum StepStatus
{
    Planned,
    Started,
    Done,
    Reused,
    Failed,
}

/// <summary>One step of the plan and what became of it.</summary>
/// <param name="Epochs">Epochs that stand: recorded since the step was last started, after those it went on from.</param>
/// <param name="Compared">In a replay, once it was held against the original.</param>
public sealed record StepState(
    PlannedStep Plan, StepStatus Status, StepStarted? Started = null, int Epochs = 0,
    StepCompletion? Completion = null, StepReused? Reused = null, StepFailed? Failure = null, StepCompared? Compared = null)
{
    /// <summary>Nothing more can happen to it in this run.</summary>
    public bool IsSettled => Status is StepStatus.Done or StepStatus.Reused or StepStatus.Failed;

    /// <summary>Its result exists, computed here or elsewhere.</summary>
    public bool HasResult => Status is StepStatus.Done or StepStatus.Reused;
}

/// <summary>A run as its stream tells it: a fold of its events, nothing else.</summary>
/// <param name="Run">ULID; the stream is <c>run/&lt;ULID&gt;</c>.</param>
/// <param name="Version">Events folded; what the next append expects.</param>
/// <param name="Steps">Path → state, in the order of the plan.</param>
/// <param name="Attempt">1 for the first owner; one more for each takeover.</param>
public sealed record RunState(
    string Run, long Version, RunStatus Status, Planned Plan, IReadOnlyDictionary<string, StepState> Steps, Worker? Worker = null,
    int Attempt = 0, int Flags = 0, IReadOnlyList<DatasetPinned>? Pins = null, string? Verdict = null)
{
    public string Stream => $"run/{Run}";

    public bool IsTerminal => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    public IReadOnlyList<DatasetPinned> Datasets => Pins ?? [];

    /// <summary>The key of a training that was begun, has recorded epochs, and is not at its end; null when there is none.</summary>
    public string? WithinTraining => Steps.Values.FirstOrDefault(step => step is { Status: StepStatus.Started, Epochs: > 0 })?.Started!.Key;

    public bool IsSettled(string step) => Steps[step].IsSettled;

    /// <summary>Folds a whole stream. Its first event must be <see cref="Planned"/>.</summary>
    public static RunState Fold(string run, IReadOnlyList<RunEvent> events) =>
        events.Count > 0 && events[0] is Planned planned
            ? events.Skip(1).Aggregate(First(run, planned), (state, next) => state.Apply(next))
            : throw new Refused("not-a-run", $"run/{run} does not begin with its plan", ("run", run));

    public static RunState First(string run, Planned planned) => new(
        run, 1, RunStatus.Planned, planned,
        planned.Steps.ToDictionary(step => step.Path, step => new StepState(step, StepStatus.Planned), StringComparer.Ordinal));

    public RunState Apply(RunEvent next) => Changed(next) with { Version = Version + 1 };

    private RunState Changed(RunEvent next) => next switch
    {
        Started started => this with { Status = RunStatus.Running, Worker = started.Worker, Attempt = 1 },
        Resumed resumed => this with { Status = RunStatus.Running, Worker = resumed.Worker, Attempt = resumed.Attempt },
        DatasetPinned pin => this with { Pins = [.. Datasets, pin] },
        StepStarted started => With(started.Step, step => step with { Status = StepStatus.Started, Started = started, Epochs = started.AfterEpoch ?? 0 }),
        EpochCompleted epoch => With(epoch.Step, step => step with { Epochs = epoch.Epoch }),
        StepCompletion done => With(done.Step, step => step with { Status = StepStatus.Done, Completion = done }),
        StepReused reused => With(reused.Step, step => step with { Status = StepStatus.Reused, Reused = reused }),
        StepFailed failed => With(failed.Step, step => step with { Status = StepStatus.Failed, Failure = failed }),
        StepCompared compared => With(compared.Step, step => step with { Compared = compared }),
        ResultFlagged => this with { Flags = Flags + 1 },
        Completed => this with { Status = RunStatus.Completed },
        Failed => this with { Status = RunStatus.Failed },
        Cancelled => this with { Status = RunStatus.Cancelled },
        Paused => this with { Status = RunStatus.Paused },
        ReplayJudged judged => this with { Verdict = judged.Verdict },
        _ => this,
    };

    private RunState With(string path, Func<StepState, StepState> change) => this with
    {
        Steps = Steps.ToDictionary(
            step => step.Key, step => string.Equals(step.Key, path, StringComparison.Ordinal) ? change(step.Value) : step.Value, StringComparer.Ordinal),
    };
}
