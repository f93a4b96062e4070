namespace Ledger.Runner.Runs;

/// <summary>What happens while an experiment runs, for people watching. Never recorded: the events are the record.</summary>
public abstract record RunNews(int Run, string Step);

/// <param name="Label">Matrix point and seed, for example <c>adversarial · int8 · seed 1</c>.</param>
/// <param name="Epochs">Null for steps that are not trainings.</param>
public sealed record StepBegan(int Run, string Step, string Kind, string Label, int? Epochs, DateTimeOffset At) : RunNews(Run, Step);

public sealed record EpochSeen(int Run, string Step, int Epoch, double? Loss, double Seconds) : RunNews(Run, Step);

/// <param name="How">done, reused or failed.</param>
public sealed record StepEnded(int Run, string Step, string Kind, string Label, string How, double Seconds, string Summary) : RunNews(Run, Step);

/// <param name="How">completed, failed or paused.</param>
public sealed record RunEnded(int Run, string How, int Flags) : RunNews(Run, "");

/// <summary>Where the whole stands: a fold of <see cref="RunNews"/>.</summary>
/// <param name="Runs">Runs to be done by this command.</param>
/// <param name="StepsPlanned">Steps of those runs.</param>
public sealed record ProgressBoard(int Runs, int StepsPlanned, double EstimatedSeconds, DateTimeOffset Began)
{
    public int RunsDone { get; init; }

    public int RunsFailed { get; init; }

    public int Flags { get; init; }

    public int StepsEnded { get; init; }

    /// <summary>Steps being computed, in the order they began.</summary>
    public IReadOnlyList<ActiveStep> Active { get; init; } = [];

    public ProgressBoard After(RunNews news) => news switch
    {
        StepBegan began => this with { Active = [.. Active, new ActiveStep(began, 0, null, 0)] },
        EpochSeen epoch => this with { Active = [.. Active.Select(step => step.Is(epoch) ? step.After(epoch) : step)] },
        StepEnded ended => this with { Active = [.. Active.Where(step => !step.Is(ended))], StepsEnded = StepsEnded + 1 },
        RunEnded { How: "completed" } ended => this with { RunsDone = RunsDone + 1, Flags = Flags + ended.Flags },
        RunEnded { How: "failed" } ended => this with { RunsDone = RunsDone + 1, RunsFailed = RunsFailed + 1, Flags = Flags + ended.Flags },
        _ => this,
    };
}

/// <summary>A step that is being computed now.</summary>
public sealed record ActiveStep(StepBegan Began, int Epoch, double? Loss, double Seconds)
{
    /// <summary>Seconds until the last epoch ends at the pace so far; null before the first epoch.</summary>
    public double? SecondsLeft => Epoch > 0 && Began.Epochs is { } epochs ? Seconds / Epoch * (epochs - Epoch) : null;

    public bool Is(RunNews news) => Began.Run == news.Run && Began.Step == news.Step;

    public ActiveStep After(EpochSeen epoch) => this with { Epoch = epoch.Epoch, Loss = epoch.Loss, Seconds = Seconds + epoch.Seconds };
}
