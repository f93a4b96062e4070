using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>
/// Of an event, what the configuration and the class of environment determine: no durations, no <see cref="MetricClass.Observed"/> metrics, no paths.
/// What an older record does not have is left out of the newer one too, so that the two can be held against each other.
/// </summary>
public static class ComputedPart
{
    /// <param name="original">The older record of the same epoch.</param>
    public static EpochCompleted Of(EpochCompleted epoch, EpochCompleted original) => epoch with
    {
        Step = "",
        Seconds = 0,
        TensorDigests = original.TensorDigests is null ? null : epoch.TensorDigests,
    };

    /// <param name="original">The older record of the same step.</param>
    public static StepCompletion Of(StepCompletion completion, StepCompletion original) => (completion, original) switch
    {
        (TrainingCompleted training, _) => training with { Step = "", Seconds = 0 },
        (CompressionCompleted compression, CompressionCompleted before) => compression with
        {
            Step = "",
            Seconds = 0,
            Layers = before.Layers is null ? null : compression.Layers,
            GradientEvaluations = before.GradientEvaluations is null ? null : compression.GradientEvaluations,
        },
        (AttackCompleted attack, AttackCompleted before) => attack with
        {
            Step = "",
            Seconds = 0,
            Parts = attack.Parts is null ? null : [.. attack.Parts.Select(part => part with { Seconds = 0 })],
            ForwardEvaluations = before.ForwardEvaluations is null ? null : attack.ForwardEvaluations,
            Standing = before.Standing is null ? null : attack.Standing,
            Metrics = Computed(attack.Metrics),
        },
        (MeasurementCompleted measurement, _) => measurement with { Step = "", Seconds = 0, Metrics = Computed(measurement.Metrics)! },
        _ => completion,
    };

    private static IReadOnlyList<MetricValue>? Computed(IReadOnlyList<MetricValue>? metrics) =>
        metrics is null ? null : [.. metrics.Where(metric => metric.Class == MetricClass.Computed)];
}
