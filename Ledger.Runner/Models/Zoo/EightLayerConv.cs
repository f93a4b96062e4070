using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>
/// The Fashion-MNIST network of Thorsteinsson et al. (arXiv 2403.09441): six 3×3 convolutions, every second with stride 2, and two linear layers.
/// </summary>
internal static class EightLayerConv
{
    public static IReadOnlyList<Node> Nodes(ModelSpec spec, int[] input, int classes)
    {
        var chain = new Chain(input, spec);
        int[] filters = [32, 32, 64, 64, 128, 128];
        for (var layer = 0; layer < filters.Length; layer++)
            chain.Conv3($"conv{layer + 1}", Chain.Scaled(filters[layer], spec.Width), stride: 1 + (layer % 2));
        return chain.Flatten().Hidden("fc1", Chain.Scaled(128, spec.Width)).Head("fc2", classes).Nodes;
    }
}
