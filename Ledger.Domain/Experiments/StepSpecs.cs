using System.Text.Json.Serialization;
using Ledger.Domain.Models;

namespace Ledger.Domain.Experiments;

/// <summary>
/// What one step does, fully resolved: one scale, one matrix point, defaults filled in, no references left except the
/// models it takes as inputs. Its canonical JSON is the configuration part of the step's key.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(TrainSpec), "train")]
[JsonDerivedType(typeof(CompressSpec), "compress")]
[JsonDerivedType(typeof(AttackStepSpec), "attack")]
[JsonDerivedType(typeof(MeasureSpec), "measure")]
public abstract record StepSpec;

/// <summary>Fits a new network, or goes on from the input in role <c>model</c> (fine-tuning; zero weights of a pruned input stay zero).</summary>
/// <param name="Model">Null when fine-tuning.</param>
/// <param name="Adversary">Null: standard training. Otherwise each batch is replaced by its adversarial examples (found in eval mode).</param>
public sealed record TrainSpec(ModelSpec? Model, ExamplesSpec Data, Recipe Recipe, Adversary? Adversary) : StepSpec;

/// <summary>Makes a smaller network out of the input in role <c>model</c>.</summary>
public sealed record CompressSpec(CompressionSpec Compression) : StepSpec;

/// <summary>Attacks the input in role <c>model</c> on the given examples and records an outcome for each.</summary>
public sealed record AttackStepSpec(Adversary Adversary, ExamplesSpec Data) : StepSpec;

/// <summary>Measures the input in role <c>model</c>.</summary>
/// <param name="Metrics">Of <see cref="Names"/>.</param>
/// <param name="Data">Null when no metric looks at examples.</param>
public sealed record MeasureSpec(IReadOnlyList<string> Metrics, ExamplesSpec? Data) : StepSpec
{
    public static readonly IReadOnlyList<string> Names = ["accuracy", "parameters", "bytes", "macs", "sparsity", "latency"];
}

/// <summary>A network to be built: an entry of the model zoo and its settings.</summary>
/// <param name="Kind">Name in the zoo, for example <c>small-cnn</c>.</param>
/// <param name="Hidden">Widths of hidden layers (mlp); empty otherwise.</param>
/// <param name="Width">Multiplier of channel counts; 1 for the published network.</param>
/// <param name="Bias">Whether linear and convolution layers have biases.</param>
public sealed record ModelSpec(string Kind, int[] Hidden, double Width, bool Bias, Normalization Normalize);

/// <summary>Per-channel constants of the network's first layer, in units of pixels in [0, 1].</summary>
public sealed record Normalization(double[] Mean, double[] Std);

/// <summary>Which examples of a data set, in a fixed order. Depends on <c>data.seed</c> at most, never on the run's seed.</summary>
/// <param name="Source">Name in the data catalog, or a folder.</param>
/// <param name="Split"><c>train</c> or <c>test</c>.</param>
/// <param name="First">The first n of the split (after <paramref name="HoldOut"/>); null: all.</param>
/// <param name="HoldOut">A seeded part of the split set aside as validation examples; null: none.</param>
/// <param name="Held">True: these are the examples held out; false: the others.</param>
public sealed record ExamplesSpec(string Source, string Split, int? First, HoldOut? HoldOut = null, bool Held = false);

/// <summary>The first <paramref name="Count"/> indices of a permutation drawn from <paramref name="Seed"/>.</summary>
public sealed record HoldOut(int Count, long Seed);

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
