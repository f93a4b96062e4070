using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>What the ledger says a step went through: the epochs that stand, and its end.</summary>
/// <param name="Fields">What its key was made of; null when it never started.</param>
/// <param name="Epochs">In order, from 1; empty for steps without any.</param>
/// <param name="Ending">A <see cref="StepCompletion"/> or <see cref="StepFailed"/>; null when it came to no end.</param>
public sealed record StepTrace(string Step, StepKeyFields? Fields, IReadOnlyList<EpochCompleted> Epochs, RunEvent? Ending)
{
    /// <param name="events">Of the run that computed the step; what concerns other steps is passed over.</param>
    public static StepTrace Of(string step, IEnumerable<RunEvent> events) =>
        events.Aggregate(new StepTrace(step, null, [], null), (trace, next) => trace.After(next));

    /// <summary>Where digests of single tensors are missing, those of another computation of the step, at each epoch after which its state was the same.</summary>
    public StepTrace WithTensorsOf(StepTrace other) => this with
    {
        Epochs =
        [
            .. Epochs.Select((epoch, at) => epoch.TensorDigests is null && at < other.Epochs.Count && other.Epochs[at].WeightsDigest == epoch.WeightsDigest
                ? epoch with { TensorDigests = other.Epochs[at].TensorDigests }
                : epoch),
        ],
    };

    public StepTrace After(RunEvent next) => next switch
    {
        StepStarted started when started.Step == Step => new StepTrace(Step, started.Fields, [.. Epochs.Take(started.AfterEpoch ?? 0)], null),
        EpochCompleted epoch when epoch.Step == Step => this with { Epochs = [.. Epochs, epoch] },
        StepCompletion done when done.Step == Step => this with { Ending = done },
        StepFailed failed when failed.Step == Step => this with { Ending = failed },
        _ => this,
    };
}
