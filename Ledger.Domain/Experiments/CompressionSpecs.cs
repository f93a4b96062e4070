using System.Text.Json.Serialization;
using Ledger.Domain.Models;

namespace Ledger.Domain.Experiments;

[JsonPolymorphic(TypeDiscriminatorPropertyName = "method", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(MagnitudePruning), "magnitude")]
[JsonDerivedType(typeof(PatternPruning), "n-m")]
[JsonDerivedType(typeof(LearnedScores), "learned-scores")]
[JsonDerivedType(typeof(FilterPruning), "filter")]
[JsonDerivedType(typeof(TruncatedRank), "svd")]
[JsonDerivedType(typeof(PostTrainingQuantization), "ptq")]
[JsonDerivedType(typeof(QuantizationAware), "qat")]
public abstract record CompressionSpec;

/// <summary>Sets the weights of smallest absolute value to zero; biases and normalisation are kept.</summary>
/// <param name="Ratio">Fraction of weights removed, in (0, 1).</param>
/// <param name="Rounds">Null: at once. Otherwise in rounds, with training between them by the step's <see cref="CompressSpec.Training"/>.</param>
/// <param name="Except">Layers left dense: node ids, or <c>first</c> and <c>last</c>. Null: none.</param>
public sealed record MagnitudePruning(Exact Ratio, Scope Scope, PruningRounds? Rounds = null, IReadOnlyList<string>? Except = null) : CompressionSpec;

/// <summary>Pruning little by little. After the last round nothing is trained: a finetune step does that.</summary>
/// <param name="Count">At least 2.</param>
public sealed record PruningRounds(int Count, SparsityPath Path);

/// <summary>The sparsity s_i after round i of n, on the way to r.</summary>
public enum SparsityPath
{
    /// <summary>s_i = 1 − (1 − r)^(i/n): every round removes the same share of what is left (Han et al. 2015, Frankle and Carbin 2019, without rewinding).</summary>
    Geometric,

    /// <summary>s_i = r·(1 − (1 − i/n)³): Zhu and Gupta 2017, from no sparsity.</summary>
    Cubic,
}

/// <summary>
/// N:M sparsity: of every <paramref name="M"/> consecutive weights along the inputs of a row, the <paramref name="N"/> of largest
/// magnitude are kept. A convolution's row is its filter flattened [in, kernel, kernel]; the columns left over where M does not
/// divide the row are kept.
/// </summary>
/// <param name="N">From 1 to M − 1.</param>
public sealed record PatternPruning(int N, int M, IReadOnlyList<string>? Except = null) : CompressionSpec;

/// <summary>
/// Importance scores learned on the loss of the step's <see cref="CompressSpec.Training"/> (HYDRA, Sehwag et al. 2020): weights and biases
/// of convolutions and linear layers are frozen, each weight has a score, and the layer computes with the weights whose |score| is among
/// the largest of the layer. The mask's gradient goes to |score| as it is (straight-through). Scores start as √(6/fan_in)·w/max|w|. As in
/// the released code, batch normalisation learns its scale and shift and moves its statistics meanwhile. What comes out is the network
/// with the other weights zero.
/// </summary>
/// <param name="Ratio">Fraction of each layer's weights removed, in (0, 1).</param>
public sealed record LearnedScores(Exact Ratio, IReadOnlyList<string>? Except = null) : CompressionSpec;

/// <summary>
/// Removes whole convolution filters of smallest norm, with the channels that consumed them; the network gets physically smaller.
/// The last (logits) layer is never pruned and every layer keeps at least one filter. Filters whose channels are added together go
/// together. In global scope a filter's norm counts relative to the mean of its layer, since norms grow with the number of inputs.
/// </summary>
/// <param name="Ratio">Fraction of filters removed, in (0, 1).</param>
/// <param name="Norm">L1 (Li et al. 2017) or L2 norm of the filter's weights.</param>
/// <param name="Remove">False: filters are only set to zero.</param>
/// <param name="Units">Null: filters of convolutions. Neurons: rows of hidden linear layers instead.</param>
/// <param name="Except">Layers none of whose channels are removed: node ids, or <c>first</c>. Null: none.</param>
public sealed record FilterPruning(
    Exact Ratio, FilterNorm Norm, Scope Scope, bool Remove, PrunedUnits? Units = null, IReadOnlyList<string>? Except = null) : CompressionSpec;

/// <summary>
/// Truncates the singular value decomposition of each weight matrix (a convolution's is [out, in·kernel·kernel]) to rank r. A layer becomes
/// two, W_r = (U√S)(√S·Vᵀ), for a convolution kernel × kernel into r channels and then 1 × 1, where the factors hold fewer numbers than the
/// matrix, and otherwise keeps one matrix of rank r. Biases stay. A layer whose rank is not lowered stays as it was.
/// </summary>
/// <param name="Rank">Says which r each layer gets.</param>
/// <param name="Head">Whether the last layer is truncated too.</param>
public sealed record TruncatedRank(RankRule Rank, bool Head = false, IReadOnlyList<string>? Except = null) : CompressionSpec;

/// <summary>How the rank of a layer follows from its singular values σ.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "by", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(FixedRank), "rank")]
[JsonDerivedType(typeof(EnergyKept), "energy")]
[JsonDerivedType(typeof(TailAtMost), "epsilon")]
public abstract record RankRule;

/// <summary>r for every layer, or the layer's full rank where that is less.</summary>
public sealed record FixedRank(int Rank) : RankRule;

/// <summary>The smallest r with Σ_{j≤r} σ_j² ≥ Energy·Σσ_j².</summary>
/// <param name="Energy">In (0, 1).</param>
public sealed record EnergyKept(Exact Energy) : RankRule;

/// <summary>
/// The smallest r whose tail is at most ε of the whole: ‖σ_{&gt;r}‖_q ≤ ε·‖σ‖_q. With q = 2 this is the relative Frobenius error of W_r, with
/// q = 1 the spectrum is (1, r, ε)-compressible.
/// </summary>
/// <param name="Epsilon">In (0, 1).</param>
/// <param name="Q">1 or 2.</param>
public sealed record TailAtMost(Exact Epsilon, int Q) : RankRule;

/// <summary>Post-training quantization, simulated in float32: symmetric weights, affine activations, batch norm folded first.</summary>
/// <param name="Bits">2 to 16.</param>
/// <param name="Activations">Activation bits, or null for float activations.</param>
/// <param name="Calibration">Training images on which activation ranges are taken.</param>
/// <param name="Rule">How a range follows from the values seen; null: their minimum and maximum.</param>
/// <param name="Scheme">Which activations are quantized, and how; null: affine.</param>
public sealed record PostTrainingQuantization(
    int Bits, Granularity Weights, int? Activations, ExamplesSpec Calibration, RangeRule? Rule = null, ActivationScheme? Scheme = null) : CompressionSpec;

/// <summary>
/// Makes a network to be trained as it will be quantized: float32 weights rounded to integers times max|w|/(2^(b−1)−1) in every forward
/// pass, batch norm folded first, activations as after post-training quantization. A finetune step trains it and ends with integers.
/// Rounding passes gradients on unchanged (straight-through).
/// </summary>
/// <param name="Gradient">Of an activation outside its range.</param>
/// <param name="Ema">Per batch, range ← Ema·range + (1 − Ema)·[min, max] of the batch, starting from the calibrated range; null: ranges stay.</param>
public sealed record QuantizationAware(
    int Bits, Granularity Weights, int? Activations, ExamplesSpec Calibration, StraightThrough Gradient, double? Ema,
    RangeRule? Rule = null, ActivationScheme? Scheme = null) : CompressionSpec;

/// <summary>How the range of an activation follows from the values it took on the calibration images. Every range is widened to hold 0.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "by", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Percentile), "percentile")]
[JsonDerivedType(typeof(SquaredError), "mse")]
public abstract record RangeRule;

/// <summary>
/// Without the smallest and the largest ⌊n·(100 − p)/200⌋ of the n values: p percent lie inside, as ONNX Runtime's percentile calibration
/// cuts, but on exact order statistics.
/// </summary>
/// <param name="Percent">p, above 0 and below 100.</param>
public sealed record Percentile(Exact Percent) : RangeRule;

/// <summary>
/// The range c·[min, max], c ∈ {1/n, 2/n, …, 1}, for which the quantized values have the smallest sum of squared errors; the larger c of equals.
/// </summary>
/// <param name="Grid">n, at least 2.</param>
public sealed record SquaredError(int Grid) : RangeRule;

public enum ActivationScheme
{
    /// <summary>2^b levels from min to max behind every operation, where an integer runtime requantizes (ONNX Runtime).</summary>
    Affine,

    /// <summary>
    /// As NNI 3 configures: 2^b − 1 levels; inputs and outputs of convolutions and linear layers symmetric about 0, outputs of relus from
    /// min to max. An activation between two layers is rounded up to three times, and one that is never negative uses half of its levels.
    /// </summary>
    Nni,
}

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

public enum PrunedUnits
{
    Filters,
    Neurons,
}
