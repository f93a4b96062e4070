using System.Text.Json.Serialization;
using Ledger.Domain.Models;

namespace Ledger.Domain.Experiments;

[JsonPolymorphic(TypeDiscriminatorPropertyName = "method", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(MagnitudePruning), "magnitude")]
[JsonDerivedType(typeof(FilterPruning), "filter")]
[JsonDerivedType(typeof(PostTrainingQuantization), "ptq")]
public abstract record CompressionSpec;

/// <summary>Sets the weights of smallest absolute value to zero; biases and normalisation are kept.</summary>
/// <param name="Ratio">Fraction of weights removed, in (0, 1).</param>
public sealed record MagnitudePruning(Exact Ratio, Scope Scope) : CompressionSpec;

/// <summary>
/// Removes whole convolution filters of smallest norm, with the channels that consumed them; the network gets physically smaller.
/// The last (logits) layer is never pruned and every layer keeps at least one filter. Filters whose channels are added together go
/// together. In global scope a filter's norm counts relative to the mean of its layer, since norms grow with the number of inputs.
/// </summary>
/// <param name="Ratio">Fraction of filters removed, in (0, 1).</param>
/// <param name="Norm">L1 (Li et al. 2017) or L2 norm of the filter's weights.</param>
/// <param name="Remove">False: filters are only set to zero.</param>
public sealed record FilterPruning(Exact Ratio, FilterNorm Norm, Scope Scope, bool Remove) : CompressionSpec;

/// <summary>Post-training quantization, simulated in float32: symmetric weights, affine activations, batch norm folded first.</summary>
/// <param name="Bits">2 to 16.</param>
/// <param name="Activations">Activation bits, or null for float activations.</param>
/// <param name="Calibration">Training images on which activation ranges (min and max) are taken.</param>
public sealed record PostTrainingQuantization(int Bits, Granularity Weights, int? Activations, ExamplesSpec Calibration) : CompressionSpec;

public enum Scope
{
    Global,
    PerLayer,
}

public enum FilterNorm
{
    L1,
    L2,
}
