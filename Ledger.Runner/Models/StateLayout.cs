using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models;

/// <summary>One tensor of a network's state, before it has values.</summary>
/// <param name="Trained">Whether an optimizer changes it.</param>
public sealed record Slot(string Node, string Part, TensorType Type, long[] Shape, bool Trained)
{
    /// <summary>As in PyTorch's <c>state_dict()</c>.</summary>
    public string Name => $"{Node}.{Part}";
}

/// <summary>Which tensors the state of an architecture has, in registration order: nodes in evaluation order, weight before bias.</summary>
public static class StateLayout
{
    public static IReadOnlyList<Slot> Of(Architecture architecture) => [.. architecture.Nodes.SelectMany(Of)];

    public static IReadOnlyList<Slot> Of(Node node) => node switch
    {
        Conv2d conv => Weighted(conv, conv.OutChannels, [conv.OutChannels, conv.InChannels, conv.Kernel, conv.Kernel]),
        Linear linear => Weighted(linear, linear.OutFeatures, [linear.OutFeatures, linear.InFeatures]),
        BatchNorm2d norm =>
        [
            new(norm.Id, "weight", TensorType.F32, [norm.Channels], Trained: true),
            new(norm.Id, "bias", TensorType.F32, [norm.Channels], Trained: true),
            new(norm.Id, "running_mean", TensorType.F32, [norm.Channels], Trained: false),
            new(norm.Id, "running_var", TensorType.F32, [norm.Channels], Trained: false),
            new(norm.Id, "num_batches_tracked", TensorType.I64, [], Trained: false),
        ],
        FakeQuantize { Training.Ema: not null } fake => [new(fake.Id, "range", TensorType.F32, [2], Trained: false)],
        _ => [],
    };

    private static List<Slot> Weighted(Weighted node, int outputs, long[] shape)
    {
        var slots = new List<Slot>();
        if (node.Quantized is { Latent: not true } quantized)
        {
            slots.Add(new(node.Id, "weight", quantized.Bits <= 8 ? TensorType.I8 : TensorType.I16, shape, Trained: false));
            slots.Add(new(node.Id, "weight_scale", TensorType.F32, [quantized.Granularity == Granularity.PerChannel ? outputs : 1], Trained: false));
        }
        else
        {
            slots.Add(new(node.Id, "weight", TensorType.F32, shape, Trained: true));
        }

        if (node.Bias)
            slots.Add(new(node.Id, "bias", TensorType.F32, [outputs], Trained: true));
        return slots;
    }
}
