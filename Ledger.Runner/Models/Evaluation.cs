using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Ledger.Runner.Models;

/// <summary>What each kind of node computes.</summary>
internal static class Evaluation
{
    /// <summary>Added to the variance that batch normalisation divides by, as in PyTorch.</summary>
    public const double BatchNormEps = 1e-5;

    private const double BatchNormMomentum = 0.1;

    public static Tensor Of(Node node, IReadOnlyList<Tensor> inputs, NodeWeights weights, bool training, bool poolChannelsLast) => node switch
    {
        Normalize => (inputs[0] - weights.Mean!) / weights.Deviation!,
        Conv2d conv => Convolutions.Of(inputs[0], weights.Effective, weights.Bias, conv.Stride, conv.Padding),
        Linear => F.linear(inputs[0], weights.Effective, weights.Bias),
        BatchNorm2d => BatchNorm(inputs[0], weights, training),
        Relu => inputs[0].relu(),
        MaxPool2d pool => F.max_pool2d(poolChannelsLast ? ChannelsLast(inputs[0]) : inputs[0], [pool.Kernel, pool.Kernel], [pool.Stride, pool.Stride]),
        GlobalAveragePool => inputs[0].mean([2, 3]),
        Flatten => inputs[0].flatten(1),
        Add => inputs[0].add(inputs[1], Numbers.One),
        FakeQuantize fake => SimulatedQuantization.OfActivation(inputs[0], fake, weights.Range, training),
        _ => throw new NotSupportedException($"no evaluation for {node}"),
    };

    private static Tensor BatchNorm(Tensor x, NodeWeights weights, bool training)
    {
        if (training)
            weights.Batches!.add_(Numbers.One, Numbers.One);
        return F.batch_norm(x, weights.Mean!, weights.Deviation!, weights.Weight, weights.Bias, training, BatchNormMomentum, BatchNormEps);
    }

    // TorchSharp has no contiguous(memory_format); this gives the same strides, and copies only where they differ.
    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
