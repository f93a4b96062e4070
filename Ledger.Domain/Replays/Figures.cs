using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>One computed number of a step's result.</summary>
/// <param name="Name">Of a metric with its layer, or of a count; unique within the step.</param>
/// <param name="Value">Null when it was not finite.</param>
/// <param name="IsFraction">Between 0 and 1, such as an accuracy.</param>
public sealed record Figure(string Name, double? Value, bool IsFraction);

/// <summary>The numbers a step is known by: what a person would compare first, and what has to be close where bits cannot be equal.</summary>
public static class Figures
{
    public static IReadOnlyList<Figure> Of(StepTrace trace) => trace.Ending switch
    {
        TrainingCompleted => [.. trace.Epochs.TakeLast(1).Select(epoch => new Figure("training_accuracy", epoch.Accuracy, IsFraction: true))],
        CompressionCompleted compression => [new("achieved", compression.Achieved, IsFraction: false), new("nonzero_parameters", compression.NonzeroParameters, IsFraction: false)],
        AttackCompleted attack =>
        [
            new("clean_accuracy", attack.Correct / (double)attack.Examples, IsFraction: true),
            new("robust_accuracy", (attack.Correct - attack.Broken) / (double)attack.Examples, IsFraction: true),
        ],
        MeasurementCompleted measurement => [.. measurement.Metrics.Where(metric => metric.Class == MetricClass.Computed).Select(Of)],
        _ => [],
    };

    private static Figure Of(MetricValue metric) =>
        new(metric.Layer is null ? metric.Name : $"{metric.Name} of {metric.Layer}", metric.Value, metric.Unit == "fraction");
}

/// <summary>How far figures may be apart and still count as close.</summary>
/// <param name="Fraction">For fractions, absolute: 0.02 is two percentage points.</param>
/// <param name="Relative">For everything else, of the larger of the two.</param>
public sealed record Tolerances(double Fraction = 0.02, double Relative = 0.05)
{
    // 0.52 - 0.5 is a little more than 0.02.
    private const double Rounding = 1e-12;

    /// <summary>The figures that are further apart, or that only one side has; empty: close.</summary>
    public IReadOnlyList<string> Beyond(IReadOnlyList<Figure> mine, IReadOnlyList<Figure> theirs)
    {
        var others = theirs.ToDictionary(figure => figure.Name, StringComparer.Ordinal);
        var own = mine.Select(figure => figure.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. mine.Where(figure => !others.TryGetValue(figure.Name, out var other) || !Close(figure, other)).Select(figure => figure.Name),
            .. theirs.Where(figure => !own.Contains(figure.Name)).Select(figure => figure.Name),
        ];
    }

    private bool Close(Figure a, Figure b) => (a.Value, b.Value) switch
    {
        ({ } x, { } y) => Math.Abs(x - y) <= (a.IsFraction ? Fraction : Relative * Math.Max(Math.Abs(x), Math.Abs(y))) + Rounding,
        (null, null) => true,
        _ => false,
    };
}
