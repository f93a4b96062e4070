namespace Ledger.Domain.Checks;

/// <summary>
/// Metrics that are fractions of examples. Where seeds do not spread, these still vary with the examples: 0 of 50 in every seed is 0 of 50. Counts
/// of parameters, bytes or passes are not here, and are what they are.
/// </summary>
internal static class PerExample
{
    /// <summary>Metric of an attack → the column that says of how many examples; null where none does.</summary>
    private static readonly Dictionary<string, string?> Counts = new(StringComparer.Ordinal)
    {
        ["clean_accuracy"] = "examples",
        ["robust_accuracy"] = "examples",
        ["relative_robustness"] = "attacked",
        ["universal_accuracy"] = "examples",
        // A ratio of two accuracies, which may exceed 1.
        ["universal_relative"] = null,
        ["fooling_rate"] = "examples",
        ["clean_accuracy_full"] = "clean_examples_full",
        ["onnx_agreement"] = "onnx_examples",
        ["parent_agreement"] = null,
        ["corruption_accuracy"] = null,
        ["corruption_accuracy_mean"] = null,
        ["fit_fooling_rate"] = null,
    };

    public static bool IsFraction(string metric) => Counts.ContainsKey(metric.Split('.')[0]);

    /// <summary>How many examples a row's fraction is of; null where that was not recorded.</summary>
    public static int? Count(CheckRow row, string metric)
    {
        string? column = row.Attack is null && metric == "clean_accuracy" ? "clean_examples_full" : Counts[metric.Split('.')[0]];
        return column is not null && row[column] is { } count ? (int)count : null;
    }

    /// <summary>Right or wrong, example by example; null where that is not at hand.</summary>
    public static IReadOnlyList<bool>? Results(Scope scope, CheckRow row, string metric) =>
        row.OutcomesDigest is { } digest && (row.Attack is null || metric != "clean_accuracy_full") ? scope.Outcomes.GetValueOrDefault(digest)?.Of(metric) : null;

    /// <summary>Whether judging may look at differences by example.</summary>
    public static bool Differs(Claim claim) => claim is not ValueClaim && Metrics(claim).Any(ExampleResults.Metrics.Contains);

    /// <summary>Whether all of a claim can be judged by example. The accuracy on the whole test set has results by example only beside the network.</summary>
    public static bool Judges(Claim claim, Selection where) => Metrics(claim) is { Count: > 0 } metrics && metrics.All(ExampleResults.Metrics.Contains)
        && !(metrics.Contains("clean_accuracy_full") && (where.IsAboutAttacks || claim is PairClaim { A.IsAboutAttacks: true } or PairClaim { B.IsAboutAttacks: true }));

    private static IReadOnlyList<string> Metrics(Claim claim) => claim switch
    {
        ValueClaim c => [c.Metric],
        CompareClaim { Deviations: null } c => [c.Metric],
        NonInferiorClaim c => c.Metrics,
        EquivalentClaim c => c.Metrics,
        PlateauClaim c => [c.Metric],
        OrderClaim c => [c.Metric],
        _ => [],
    };
}
