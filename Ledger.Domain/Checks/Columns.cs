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

    /// <summary>Further ones of some attacks, also as part of an ensemble. A word that is not here may record anything.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> OfAttack = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["fgsm"] = [],
        ["pgd"] = [],
        ["apgd-ce"] = [],
        ["apgd-dlr"] = [],
        ["apgd-t"] = [],
        ["square"] = [],
        ["noise"] = [],
        ["transfer"] = [],
        ["worst-of"] = [],
        ["fab"] = Distances,
        ["fab-t"] = Distances,
        ["deepfool"] = Distances,
        ["uap"] = Universal,
        ["sgd-uap"] = Universal,
    };

    /// <summary>
    /// Word after <c>measure</c> → the metrics it records; one given by layer ends in <c>.*</c>, and <c>*</c> stands for what a setting says.
    /// A word that is not here may record anything.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> OfMeasures = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["accuracy"] = ["clean_accuracy", "clean_accuracy_full", "clean_low", "clean_high", "examples"],
        ["parameters"] = ["parameters", "nonzero_parameters"],
        ["bytes"] = ["size_bytes", "dense_bytes", "bits_weights", "bits_activations"],
        ["macs"] = ["macs", "effective_macs"],
        ["sparsity"] = ["sparsity"],
        ["latency"] = ["latency_ms_p50", "latency_batch", "latency_threads", "latency_ms_p50_batch_*"],
        ["onnx"] = ["onnx_agreement", "onnx_max_difference", "onnx_examples", "onnx_*_latency_ms_p50", "onnx_*_latency_ms_p50_batch_128"],
        ["corruptions"] = ["corruption_accuracy.*", "corruption_accuracy_mean"],
        ["operator-norms"] =
        [
            "operator_norm_inf.*", "operator_norm_2.*", "frobenius_norm.*", "conv_norm_2_bound.*", "conv_norm_2_estimate.*",
            "operator_norm_inf_product", "spectral_norm_product", "folded_norm_product",
        ],
        ["spectrum"] = ["s8_over_s1.*"],
        ["stable-rank"] = ["stable_rank.*", "effective_rank.*", "spectral_entropy.*", "stable_rank_mean", "effective_rank_mean"],
        ["condition-number"] =
        [
            "log10_condition.*", "sigma_largest.*", "sigma_smallest.*", "numerical_rank.*", "rank_deficient.*", "singular.*", "dead_rows.*", "dead_columns.*",
            "log10_condition_median", "log10_condition_head", "rank_deficient_layers", "singular_layers",
        ],
        ["compressibility"] =
        [
            "row_sparsity_k.*", "row_sparsity_eps.*", "theorem31_inf.*", "theorem31_2.*", "theorem31_*_minmax_k*.*", "row_eps_k*", "spectral_eps_k*",
            "row_beta_*_k*.*", "spectral_beta_*_k*.*",
        ],
        ["sparsity-indices"] = ["par_comp_kappa.*", "pq_index.*", "nonzero_weights.*", "net_comp_kappa", "net_pq_index"],
        ["lipschitz-bound"] = ["lipschitz_*", "loss_gap_bound*", "alignment_2_estimate.*", "alignment_inf_bound.*"],
        ["local-lipschitz"] =
            ["local_lipschitz_mean", "local_lipschitz_median", "local_lipschitz_max", "local_lipschitz_sampled", "local_lipschitz_sampled_max"],
        ["agreement"] = ["parent_agreement", "parent_logit_difference", "parent_logit_difference_max"],
        ["loss-gap"] = ["clean_loss", "adversarial_loss", "loss_gap", "loss_gap_max"],
        ["representation-shift"] = ["representation_shift", "perturbed_examples"],
        ["singular-alignment"] = ["alignment_top1", "alignment_rest_mean"],
    };

    private static IReadOnlyList<string> Distances => ["median_distance", "median_distance_attacked", "distance_found", "distance_not_found"];

    private static IReadOnlyList<string> Universal =>
        ["universal_accuracy", "universal_relative", "fooling_rate", "fit_fooling_rate", "fit_passes", "fit_gradient_evaluations", "fit_forward_evaluations"];
}
