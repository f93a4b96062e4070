using System.Text.Json.Serialization;

namespace Ledger.Domain.Models;

/// <summary>
/// A network as data: a single-assignment graph of nodes in evaluation order, from pixels in [0, 1] to logits.
/// It holds no weights; those are a safetensors artifact whose names are <c>{node}.weight</c>, <c>{node}.bias</c>,
/// <c>{node}.running_mean</c> … as PyTorch's <c>state_dict()</c> would give.
/// </summary>
/// <param name="Input">Shape of one example, channels × height × width.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Nodes">In evaluation order; the last one gives the logits.</param>
public sealed record Architecture(int[] Input, int Classes, IReadOnlyList<Node> Nodes)
{
    /// <summary>The name by which a node refers to the network's input.</summary>
    public const string Pixels = "input";
}

/// <summary>One operation. <see cref="Inputs"/> are ids of earlier nodes, or <see cref="Architecture.Pixels"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Normalize), "normalize")]
[JsonDerivedType(typeof(Conv2d), "conv2d")]
[JsonDerivedType(typeof(BatchNorm2d), "batch-norm2d")]
[JsonDerivedType(typeof(Linear), "linear")]
[JsonDerivedType(typeof(Relu), "relu")]
[JsonDerivedType(typeof(MaxPool2d), "max-pool2d")]
[JsonDerivedType(typeof(GlobalAveragePool), "global-average-pool")]
[JsonDerivedType(typeof(Flatten), "flatten")]
[JsonDerivedType(typeof(Add), "add")]
[JsonDerivedType(typeof(FakeQuantize), "fake-quantize")]
public abstract record Node(string Id, IReadOnlyList<string> Inputs);

/// <summary>(x − mean) / std per channel; constants, not parameters. Attacks stay in pixels because this is a layer.</summary>
public sealed record Normalize(string Id, IReadOnlyList<string> Inputs, double[] Mean, double[] Std) : Node(Id, Inputs);

/// <summary>A node with a weight matrix that pruning and quantization may change.</summary>
/// <param name="Quantized">Null: float32 weights. Otherwise the weights are stored as integers with a scale.</param>
public abstract record Weighted(string Id, IReadOnlyList<string> Inputs, bool Bias, WeightQuantization? Quantized) : Node(Id, Inputs);

/// <summary>2-d convolution with square kernel; weight [out, in, kernel, kernel].</summary>
public sealed record Conv2d(
    string Id, IReadOnlyList<string> Inputs, int InChannels, int OutChannels, int Kernel, int Stride, int Padding,
    bool Bias, WeightQuantization? Quantized = null) : Weighted(Id, Inputs, Bias, Quantized);

/// <summary>Affine map; weight [out, in].</summary>
public sealed record Linear(
    string Id, IReadOnlyList<string> Inputs, int InFeatures, int OutFeatures,
    bool Bias, WeightQuantization? Quantized = null) : Weighted(Id, Inputs, Bias, Quantized);

/// <summary>Batch normalisation over channels with running statistics (eps 1e-5, momentum 0.1).</summary>
public sealed record BatchNorm2d(string Id, IReadOnlyList<string> Inputs, int Channels) : Node(Id, Inputs);

public sealed record Relu(string Id, IReadOnlyList<string> Inputs) : Node(Id, Inputs);

public sealed record MaxPool2d(string Id, IReadOnlyList<string> Inputs, int Kernel, int Stride) : Node(Id, Inputs);

/// <summary>Mean over height and width; gives [batch, channels].</summary>
public sealed record GlobalAveragePool(string Id, IReadOnlyList<string> Inputs) : Node(Id, Inputs);

/// <summary>[batch, channels, height, width] → [batch, channels·height·width], channel-major.</summary>
public sealed record Flatten(string Id, IReadOnlyList<string> Inputs) : Node(Id, Inputs);

/// <summary>Sum of two inputs of equal shape (a residual connection).</summary>
public sealed record Add(string Id, IReadOnlyList<string> Inputs) : Node(Id, Inputs);

/// <summary>
/// Simulated quantization of activations: q = clamp(round(x / scale) + zeroPoint, low, high), back as (q − zeroPoint)·scale.
/// Rounding is half to even. In attacks its gradient is the identity (straight-through), inside and outside the range.
/// </summary>
/// <param name="Training">Null: as it stands. Otherwise the node belongs to a network that is still to be trained quantized.</param>
public sealed record FakeQuantize(
    string Id, IReadOnlyList<string> Inputs, int Bits, double Scale, int ZeroPoint, int Low, int High,
    RangeTraining? Training = null) : Node(Id, Inputs);

/// <summary>How a simulated quantization behaves in quantization-aware training.</summary>
/// <param name="Gradient">Of a value outside the range.</param>
/// <param name="Ema">
/// Decay with which training batches move the range: <c>{node}.range</c> holds it, float32 [low, high], and the scale follows from it.
/// Null: the range stays. In a saved network, scale and zero point are those of the range.
/// </param>
/// <param name="Form">How levels follow from the range.</param>
public sealed record RangeTraining(StraightThrough Gradient, double? Ema, LevelForm Form);

/// <summary>What passes through a rounding on the way back.</summary>
public enum StraightThrough
{
    /// <summary>Everything (the gradient of NNI's post-training quantizer).</summary>
    Identity,

    /// <summary>Everything inside the range, nothing outside (torch's fake_quantize, and NNI's quantizer for quantization-aware training).</summary>
    Clipped,
}

/// <summary>
/// Symmetric integer weights: <c>{node}.weight</c> holds integers (I8 up to 8 bits, I16 above) in [−2^(b−1)+1, 2^(b−1)−1], and
/// <c>{node}.weight_scale</c> float32 scales ([out] per channel, [1] per tensor); the weight is integer · scale.
/// </summary>
/// <param name="Latent">
/// True: <c>{node}.weight</c> still holds float32 and is trained; the network computes with <see cref="IntegerWeights"/> of it, times their scales.
/// </param>
public sealed record WeightQuantization(int Bits, Granularity Granularity, bool? Latent = null);

public enum Granularity
{
    PerTensor,
    PerChannel,
}
