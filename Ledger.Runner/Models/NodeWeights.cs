using Ledger.Domain.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Models;

/// <summary>The tensors one node computes with; null where it has none.</summary>
/// <param name="Weight">Float32: the parameter itself, or integers times scale.</param>
/// <param name="Derived">Those that are not part of the state.</param>
/// <param name="Range">Low and high of an activation whose range training moves.</param>
/// <param name="Rounding">Of a float32 weight that is trained as integers.</param>
internal sealed record NodeWeights(
    Tensor? Weight, Tensor? Bias, Tensor? Mean, Tensor? Deviation, Tensor? Batches, IReadOnlyList<Tensor> Derived, Tensor? Range = null, WeightQuantization? Rounding = null)
{
    /// <summary>What the node computes with: its weight, or what the integers made of it in this forward pass stand for.</summary>
    public Tensor Effective => Rounding is null ? Weight! : SimulatedQuantization.OfWeight(Weight!, Rounding);

    public static NodeWeights Of(Node node, IReadOnlyDictionary<string, Tensor> state)
    {
        Tensor? Find(string part) => state.GetValueOrDefault($"{node.Id}.{part}");
        switch (node)
        {
            case Normalize normalize:
                var (mean, std) = (PerChannel(normalize.Mean), PerChannel(normalize.Std));
                return new(null, null, mean, std, null, [mean, std]);
            case Weighted { Quantized: { Latent: true } quantization }:
                return new(Find("weight"), Find("bias"), null, null, null, [], Rounding: quantization);
            case Weighted { Quantized: not null }:
                var weight = Dequantized(Find("weight")!, Find("weight_scale")!);
                return new(weight, Find("bias"), null, null, null, [weight]);
            default:
                return new(Find("weight"), Find("bias"), Find("running_mean"), Find("running_var"), Find("num_batches_tracked"), [], Find("range"));
        }
    }

    private static Tensor Dequantized(Tensor integers, Tensor scale) =>
        integers.to(float32) * scale.reshape([-1, .. Enumerable.Repeat(1L, (int)integers.dim() - 1)]);

    private static Tensor PerChannel(double[] values) =>
        tensor([.. values.Select(value => (float)value)], [1, values.Length, 1, 1]);
}
