using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>Two 3×3 convolutions (32, 64) with pooling, then 128 hidden units: 421,642 parameters on 1×28×28 with 10 classes.</summary>
internal static class SmallCnn
{
    public static IReadOnlyList<Node> Nodes(ModelSpec spec, int[] input, int classes) =>
        new Chain(input, spec)
            .Conv3("conv1", Chain.Scaled(32, spec.Width)).MaxPool("pool1")
            .Conv3("conv2", Chain.Scaled(64, spec.Width)).MaxPool("pool2")
            .Flatten()
            .Hidden("fc1", Chain.Scaled(128, spec.Width))
            .Head("fc2", classes).Nodes;
}
