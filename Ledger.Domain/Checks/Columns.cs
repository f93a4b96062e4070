namespace Ledger.Domain.Checks;

/// <summary>Which columns a planned step will give: those of the results tables, and the metrics of each measurement.</summary>
public static class Columns
{
    /// <summary>Every network has these once it is made.</summary>
    public static readonly IReadOnlyList<string> OfNetworks = ["gradient_evaluations_train", "train_seconds"];

    /// <summary>A training's own, without those it rests on.</summary>
    public static readonly IReadOnlyList<string> OfTrainings = ["gradient_evaluations", "epochs"];

    public static readonly IReadOnlyList<string> OfCompressed = ["requested", "achieved"];

    public static readonly IReadOnlyList<string> OfCompressions = ["parameters", "nonzero_parameters"];

    public static readonly IReadOnlyList<string> OfAttacks =
    [
        "clean_accuracy", "robust_accuracy", "relative_robustness", "robust_low", "robust_high", "eps", "examples", "attacked", "broken",
        "attack_gradient_evaluations", "attack_forward_evaluations", "max_distance",
    ];

    /// <summary>Word after <c>measure</c> → the metrics it records. What is not here may record anything.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> OfMeasures = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["accuracy"] = ["clean_accuracy", "clean_accuracy_full", "clean_low", "clean_high", "examples"],
        ["parameters"] = ["parameters", "nonzero_parameters"],
        ["bytes"] = ["size_bytes", "dense_bytes"],
        ["macs"] = ["macs", "effective_macs"],
        ["sparsity"] = ["sparsity"],
        ["latency"] = ["latency_ms_p50", "latency_batch", "latency_threads"],
    };
}
