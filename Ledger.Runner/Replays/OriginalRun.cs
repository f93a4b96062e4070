using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Runner.Replays;

/// <summary>A run to be replayed, as its events tell it.</summary>
/// <param name="Steps">Path → what the step went through, in the run that computed it.</param>
public sealed record OriginalRun(RunState State, EnvironmentFacts Environment, IReadOnlyDictionary<string, StepTrace> Steps)
{
    /// <exception cref="Refused">It is a replay itself, or has not come to its end.</exception>
    public static async Task<OriginalRun> Load(LedgerStore store, string run, CancellationToken stop)
    {
        var events = await Events(store, run, stop);
        var state = RunState.Fold(run, events);
        if (state.Plan.ReplayOf is { } original)
            throw new Refused("replay-of-replay", $"run {run} is a replay of {original}; replay that one again", ("run", run), ("original", original));
        if (state.Status is not (RunStatus.Completed or RunStatus.Failed))
            throw new Refused("not-at-its-end", $"run {run} is {state.Status}; only one that is completed or failed can be replayed", ("run", run), ("status", $"{state.Status}"));
        return new OriginalRun(state, events.OfType<Started>().First().Environment, await Traces(store, state, events, stop));
    }

    /// <summary>Path → what the step went through, in the order of the plan, of any run.</summary>
    public static async Task<IReadOnlyDictionary<string, StepTrace>> Traces(LedgerStore store, string run, CancellationToken stop)
    {
        var events = await Events(store, run, stop);
        return await Traces(store, RunState.Fold(run, events), events, stop);
    }

    /// <summary>Thread-seconds of its steps, wherever they were computed; an estimate of what the replay will take.</summary>
    public double Seconds => Steps.Values.Sum(step => step.Ending switch
    {
        TrainingCompleted training => training.Seconds,
        CompressionCompleted compression => compression.Seconds,
        AttackCompleted attack => attack.Seconds,
        MeasurementCompleted measurement => measurement.Seconds,
        _ => step.Epochs.Sum(epoch => epoch.Seconds),
    });

    /// <summary>What a step went through, in its run or in the one it was taken over from.</summary>
    public static async Task<StepTrace> Trace(LedgerStore store, RunState run, string path, CancellationToken stop) => run.Steps[path].Reused is { } reused
        ? StepTrace.Of(reused.SourceStep, await Events(store, reused.SourceRun, stop)) with { Step = path }
        : StepTrace.Of(path, await Events(store, run.Run, stop));

    public static async Task<IReadOnlyList<RunEvent>> Events(LedgerStore store, string run, CancellationToken stop) =>
        [.. (await store.Read($"run/{run}", stop: stop)).Select(recorded => (RunEvent)recorded.Data)];

    /// <summary>The plan of the replay: the same, or of one step and all it depends on.</summary>
    /// <param name="only">Path of the step; null: all.</param>
    /// <exception cref="Refused">There is no such step.</exception>
    public Planned Plan(string? only) => State.Plan with { ReplayOf = State.Run, Steps = only is null ? State.Plan.Steps : Needed(only) };

    private static async Task<IReadOnlyDictionary<string, StepTrace>> Traces(LedgerStore store, RunState state, IReadOnlyList<RunEvent> events, CancellationToken stop)
    {
        var streams = new Dictionary<string, IReadOnlyList<RunEvent>>(StringComparer.Ordinal) { [state.Run] = events };
        var steps = new OrderedDictionary<string, StepTrace>(StringComparer.Ordinal);
        foreach (var (path, step) in state.Steps)
        {
            var (run, source) = step.Reused is { } reused ? (reused.SourceRun, reused.SourceStep) : (state.Run, path);
            if (!streams.TryGetValue(run, out var stream))
                streams[run] = stream = await Events(store, run, stop);
            steps[path] = StepTrace.Of(source, stream) with { Step = path };
        }

        return steps;
    }

    private List<PlannedStep> Needed(string path)
    {
        var plans = State.Plan.Steps.ToDictionary(step => step.Path, StringComparer.Ordinal);
        if (!plans.ContainsKey(path))
            throw new Refused("unknown-step", $"run {State.Run} has no step {path}; it has {string.Join(", ", plans.Keys)}", ("step", path));
        var needed = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([path]);
        while (open.TryPop(out var next))
        {
            if (needed.Add(next))
                foreach (var input in plans[next].Inputs.Values)
                    open.Push(input);
        }

        return [.. State.Plan.Steps.Where(step => needed.Contains(step.Path))];
    }
}
