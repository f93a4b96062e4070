using System.Globalization;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>A run in a few words: <c>adversarial · int8 · seed 1</c>.</summary>
public static class RunLabel
{
    public static string Of(IReadOnlyDictionary<string, string> point, long seed) =>
        string.Join(" · ", point.Values.Append($"seed {seed.ToString(CultureInfo.InvariantCulture)}"));
}

/// <summary>What a finished step came to, in a few words for the progress lines.</summary>
public static class StepSummary
{
    public static string Of(StepCompletion completion) => completion switch
    {
        TrainingCompleted { Loss: { } loss } => Invariant($"loss {loss:0.000}"),
        CompressionCompleted compression => Invariant($"{compression.Method}, {compression.NonzeroParameters:N0} of {compression.Parameters:N0} parameters nonzero"),
        AttackCompleted attack => Invariant($"robust {100.0 * (attack.Correct - attack.Broken) / attack.Examples:0.0} % of {attack.Examples}"),
        MeasurementCompleted measurement when measurement.Metrics.FirstOrDefault(metric => metric.Name == "clean_accuracy") is { Value: { } accuracy } =>
            Invariant($"clean {100 * accuracy:0.0} %"),
        _ => "",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
