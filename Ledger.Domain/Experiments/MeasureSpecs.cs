namespace Ledger.Domain.Experiments;

/// <summary>
/// Measures the input in role <c>model</c>; against the input in role <c>parent</c> where a metric compares two networks, and with the
/// kept examples of the input in role <c>attack</c> where it looks at perturbations.
/// </summary>
/// <param name="Metrics">Of <see cref="Names"/>.</param>
/// <param name="Data">Null when no metric looks at examples.</param>
public sealed record MeasureSpec(IReadOnlyList<string> Metrics, ExamplesSpec? Data) : StepSpec
{
    public static readonly IReadOnlyList<string> Names = ["accuracy", "parameters", "bytes", "macs", "sparsity", "latency", "corruptions"];

    /// <summary>Those that look at examples.</summary>
    public static readonly IReadOnlyList<string> OnExamples = ["accuracy", "corruptions"];
}
