using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Models;

/// <summary>Values rounded to the levels of an integer type, in float32, with gradients that pass the rounding straight through.</summary>
internal static class SimulatedQuantization
{
    /// <summary>
    /// What <see cref="IntegerWeights"/> of the weight stand for, to the bit: the division is done in float64 as there. The scale is
    /// max|w|/(2^(b−1)−1), so no weight lies outside the range and the gradient is the identity; none goes through the scale.
    /// </summary>
    public static Tensor OfWeight(Tensor weight, WeightQuantization quantization)
    {
        return Through(weight, Rounded(weight.detach(), quantization), null);
    }

    /// <param name="range">Low and high, where training moves them; null: the node's own scale and zero point.</param>
    /// <param name="training">Whether the values are those of a training batch.</param>
    public static Tensor OfActivation(Tensor values, FakeQuantize node, Tensor? range, bool training)
    {
        if (range is not null && training)
            Move(range, values, node.Training!.Ema!.Value);
        var levels = range is null
            ? (Scale: node.Scale, node.ZeroPoint, node.Low, node.High)
            : Parts(Range(range).Levels(node.Bits, node.Training!.Form));
        using Scalar scale = levels.Scale, zero = levels.ZeroPoint, low = levels.Low, high = levels.High;
        var integers = values.detach().div(scale).round().add(zero, Numbers.One);
        var inside = node.Training is { Gradient: StraightThrough.Clipped } ? integers.ge(low).logical_and(integers.le(high)) : null;
        return Through(values, integers.clamp(low, high).sub(zero).mul(scale), inside);
    }

    public static ActivationRange Range(Tensor range) => new(range[0].item<float>(), range[1].item<float>());

    private static (double Scale, int ZeroPoint, int Low, int High) Parts(Levels levels) => (levels.Scale, levels.ZeroPoint, levels.Low, levels.High);

    private static Tensor Rounded(Tensor weight, WeightQuantization quantization)
    {
        using Scalar highest = IntegerWeights.Highest(quantization.Bits), lowest = -IntegerWeights.Highest(quantization.Bits);
        var rows = weight.abs().reshape(quantization.Granularity == Granularity.PerChannel ? weight.shape[0] : 1, -1);
        var largest = rows.amax([1]);
        var scale = where(largest.gt(Numbers.Zero), largest.div(highest), ones_like(largest)).reshape([-1, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)]);
        return weight.to(float64).div(scale.to(float64)).round().clamp(lowest, highest).to(float32).mul(scale);
    }

    private static void Move(Tensor range, Tensor values, double ema)
    {
        using var off = no_grad();
        using Scalar kept = ema, share = 1 - ema;
        var seen = stack([values.detach().min().minimum(zeros(1)[0]), values.detach().max().maximum(zeros(1)[0])]);
        range.mul_(kept).add_(seen, share);
    }

    // Adding x − x keeps the rounded value to the bit, which x + (rounded − x) would not.
    private static Tensor Through(Tensor x, Tensor rounded, Tensor? inside)
    {
        var gradient = x - x.detach();
        return rounded.add(inside is null ? gradient : gradient.mul(inside), Numbers.One);
    }
}
