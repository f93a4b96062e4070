using Ledger.Domain.Experiments;

namespace Ledger.Runner.Training;

/// <summary>
/// The learning rate as a pure function of the epoch. Torch's own schedulers carry hidden state that cannot be saved; a function
/// can be asked for any epoch, so a resumed training has the rates of an uninterrupted one.
/// </summary>
public static class Schedules
{
    /// <param name="lr">The rate the schedule starts from.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="epochs">Epochs of the whole training.</param>
    public static double Rate(ScheduleSpec schedule, double lr, int epoch, int epochs) => schedule switch
    {
        StepDecay decay => lr * Math.Pow(decay.Gamma, epoch / decay.Every),
        MultiStep milestones => lr * Math.Pow(milestones.Gamma, milestones.At.Count(at => epoch >= at)),
        Cosine => lr * 0.5 * (1 + Math.Cos(Math.PI * epoch / epochs)),
        LinearRamp ramp => lr * (ramp.From + ((ramp.To - ramp.From) * epoch / epochs)),
        ScheduleSequence sequence => Rate(sequence.Parts, lr, epoch),
        Constant => lr,
        _ => throw new NotSupportedException($"no schedule for {schedule.GetType().Name}"),
    };

    private static double Rate(ReadOnlySpan<SchedulePart> parts, double lr, int epoch) =>
        parts.Length > 1 && epoch >= parts[0].Epochs
            ? Rate(parts[1..], lr, epoch - parts[0].Epochs)
            : Rate(parts[0].Schedule, lr, epoch, parts[0].Epochs);
}
