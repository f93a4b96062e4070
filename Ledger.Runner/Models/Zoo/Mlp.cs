using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>Linear layers of the given widths with ReLU between; no hidden width gives a linear classifier.</summary>
internal static class Mlp
{
    public static IReadOnlyList<Node> Nodes(ModelSpec spec, int[] input, int classes)
    {
        var chain = new Chain(input, spec).Flatten();
        for (var layer = 0; layer < spec.Hidden.Length; layer++)
            chain.Hidden($"fc{layer + 1}", Chain.Scaled(spec.Hidden[layer], spec.Width));
        return chain.Head($"fc{spec.Hidden.Length + 1}", classes).Nodes;
    }
}
