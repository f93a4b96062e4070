using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Models;

/// <summary>
/// PyTorch's defaults: weights and biases of linear and convolution layers from U(±1/√fan_in) (for weights written as
/// kaiming_uniform with a = √5, He et al. 2015), batch norm as the identity. Or another, where the specification names it.
/// </summary>
internal static class Initialisation
{
    public static Tensor Draw(Architecture architecture, Slot slot, Generator generator, WeightInit? init) =>
        (architecture.Nodes.First(node => node.Id == slot.Node), slot.Part) switch
        {
            (Weighted { Quantized: { Latent: not true } }, _) => throw new ArgumentException($"{slot.Node} has integer weights, which cannot be drawn", nameof(architecture)),
            (Weighted node, "weight") when init is WeightInit.KaimingNormal => empty(slot.Shape).normal_(0, Math.Sqrt(2.0 / Fan(node)), generator),
            (Weighted, "bias") when init is WeightInit.KaimingNormal => zeros(slot.Shape),
            (Weighted node, "weight") => Uniform(slot.Shape, KaimingBound(FanIn(node)), generator),
            (Weighted node, "bias") => Uniform(slot.Shape, 1 / Math.Sqrt(FanIn(node)), generator),
            (_, "weight" or "running_var") => ones(slot.Shape),
            (FakeQuantize, _) => throw new ArgumentException($"the range of {slot.Node} is calibrated, not drawn", nameof(architecture)),
            (_, "num_batches_tracked") => zeros(slot.Shape, int64),
            _ => zeros(slot.Shape),
        };

    private static Tensor Uniform(long[] shape, double bound, Generator generator) => empty(shape).uniform_(-bound, bound, generator);

    /// <summary>√3 · gain / √fan_in with gain √(2 / (1 + 5)), in the order in which PyTorch rounds.</summary>
    private static double KaimingBound(int fanIn) => Math.Sqrt(3) * (Math.Sqrt(2.0 / 6.0) / Math.Sqrt(fanIn));

    private static int FanIn(Weighted node) => node switch
    {
        Conv2d conv => conv.InChannels * conv.Kernel * conv.Kernel,
        Linear linear => linear.InFeatures,
        _ => throw new NotSupportedException($"no fan-in for {node}"),
    };

    /// <summary>Fan-out of a convolution, fan-in of a linear layer.</summary>
    private static int Fan(Weighted node) => node is Conv2d conv ? conv.OutChannels * conv.Kernel * conv.Kernel : FanIn(node);
}
