using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Replays;

/// <summary>Holds one replay against its original while it runs, records what came out step by step, and the verdict at the end.</summary>
/// <param name="asked">The level that is to hold.</param>
/// <param name="stopEarly">Whether to stop where it no longer can.</param>
/// <param name="siblings">All replays of this command.</param>
public sealed class ReplayComparison(
    OriginalRun original, LedgerStore store, ArtifactStore artifacts, EnvironmentFacts environment, Tolerances tolerances, ReplayVerdict asked, bool stopEarly, IReadOnlySet<string> siblings)
    : IDisposable
{
    private readonly CancellationTokenSource early = new();
    private readonly Dictionary<string, StepTrace> replayed = new(StringComparer.Ordinal);

    public OriginalRun Original => original;

    /// <summary>Null until the replay is at its end.</summary>
    public ReplayJudged? Judged { get; private set; }

    /// <summary>Replays begun by the same command.</summary>
    public IReadOnlySet<string> Siblings => siblings;

    /// <summary>Cancelled where the level asked for can no longer hold and nothing more is wanted.</summary>
    public CancellationToken Early => early.Token;

    /// <summary>Looks at an epoch as it is recorded: the earliest place at which a training can part.</summary>
    public void See(EpochCompleted epoch)
    {
        var before = original.Steps[epoch.Step].Epochs;
        if (stopEarly && asked == ReplayVerdict.Identical && (epoch.Epoch > before.Count || FirstDifference.Between(before[epoch.Epoch - 1], epoch) is not null))
            early.Cancel();
    }

    /// <summary>Records how a step that has come to its end, or was stopped, compares.</summary>
    public async Task Compare(RunRecorder recorder, PlannedStep step)
    {
        var mine = original.Steps[step.Path];
        var theirs = await OriginalRun.Trace(store, recorder.State, step.Path, CancellationToken.None);
        replayed[step.Path] = theirs;
        if (recorder.State.Steps[step.Path].Compared is not null)
            return;
        var elsewhere = replayed.Any(trace => JudgeReplay.OtherClass(original.Steps[trace.Key], trace.Value) || JudgeReplay.OtherCode(original.Steps[trace.Key], trace.Value));
        var content = FirstDifference.Between(mine, theirs) is null ? null : await CompareContents.Of(mine, theirs, artifacts);
        var compared = new CompareStep(tolerances).Of(mine, theirs, elsewhere, content);
        await recorder.Record(run => RunDecisions.CompareStep(run, compared));
        if (stopEarly && ReplayVerdicts.Parse(compared.Verdict) > asked)
            await early.CancelAsync();
    }

    /// <summary>Records the verdict over the steps compared.</summary>
    public async Task Judge(RunRecorder recorder)
    {
        var steps = recorder.State.Plan.Steps.Select(step => recorder.State.Steps[step.Path].Compared).OfType<StepCompared>().ToList();
        var causes = JudgeReplay.Causes(
            original.Environment, environment, replayed.Select(trace => (original.Steps[trace.Key], trace.Value)), original.State.Datasets, recorder.State.Datasets);
        Judged = JudgeReplay.Of(original.State.Run, steps, causes);
        await recorder.Record(run => RunDecisions.JudgeReplay(run, Judged));
    }

    public void Dispose() => early.Dispose();
}
