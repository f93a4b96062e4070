namespace Ledger.Domain.Experiments;

/// <summary>
/// Measures the input in role <c>model</c>; against the input in role <c>parent</c> where a metric compares two networks, and with the
/// kept examples of the input in role <c>attack</c> where it looks at perturbations.
/// </summary>
/// <param name="Metrics">Of <see cref="Names"/>.</param>
/// <param name="Data">Null when no metric looks at examples.</param>
/// <param name="Settings">Of those metrics that have some, defaults filled in; null when none has.</param>
/// <param name="Threat">What a bound or a local estimate is about; null when no metric asks.</param>
public sealed record MeasureSpec(
    IReadOnlyList<string> Metrics, ExamplesSpec? Data, MetricSettings? Settings = null, Threat? Threat = null) : StepSpec
{
    public static readonly IReadOnlyList<string> Names =
    [
        "accuracy", "parameters", "bytes", "macs", "sparsity", "latency", "onnx", "corruptions",
        "operator-norms", "spectrum", "stable-rank", "condition-number", "compressibility", "sparsity-indices",
        "lipschitz-bound", "local-lipschitz", "agreement", "loss-gap", "representation-shift", "singular-alignment",
    ];

    /// <summary>Those that look at the kept examples of an attack, and so need <c>of</c>.</summary>
    public static readonly IReadOnlyList<string> OnPerturbations = ["loss-gap", "representation-shift", "singular-alignment"];

    /// <summary>Those that look at examples, their own or the attack's.</summary>
    public static readonly IReadOnlyList<string> OnExamples = ["accuracy", "onnx", "corruptions", "local-lipschitz", "agreement", .. OnPerturbations];

    /// <summary>Those that hold the network against the one in role <c>parent</c>.</summary>
    public static readonly IReadOnlyList<string> AgainstParent = ["agreement"];

    /// <summary>Those that depend on a norm and a radius.</summary>
    public static readonly IReadOnlyList<string> WithinThreat = ["lipschitz-bound", "local-lipschitz"];
}

/// <summary>Settings by metric; null where the metric is not measured.</summary>
public sealed record MetricSettings(
    CompressibilitySettings? Compressibility = null,
    SparsityIndexSettings? SparsityIndices = null,
    LipschitzBoundSettings? LipschitzBound = null,
    LocalLipschitzSettings? LocalLipschitz = null);

/// <param name="Q">Norm in which the tail is measured, at least 1; Theorem 3.1's bounds come with 1.</param>
/// <param name="K">How many rows or singular values are kept, ascending; a layer with fewer has no value for that k.</param>
public sealed record CompressibilitySettings(double Q, IReadOnlyList<int> K);

/// <param name="Kappa">Share of the entries that is kept.</param>
public sealed record SparsityIndexSettings(double Kappa);

/// <param name="Variants">Of <see cref="All"/>.</param>
/// <param name="K">Rows (L∞) or singular directions (L2) that alignment keeps of each layer; null: all.</param>
/// <param name="Masks">Examples whose ReLU masks the search of <c>aligned-estimate</c> starts from; null where it is not asked for.</param>
public sealed record LipschitzBoundSettings(IReadOnlyList<string> Variants, int? K, int? Masks)
{
    /// <summary>Product of norms; with interlayer alignment bounded (L∞ only); with it estimated (L2 only; not a bound).</summary>
    public static readonly IReadOnlyList<string> All = ["product", "aligned", "aligned-estimate"];
}

/// <param name="Samples">Points drawn in the ball around each example.</param>
public sealed record LocalLipschitzSettings(int Samples);
