using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>
/// WRN-d-k (Zagoruyko and Komodakis 2016) without dropout: a 3×3 convolution with 16 filters, three stages of (d − 4) / 6 blocks with 16k, 32k
/// and 64k filters, batch normalisation, ReLU, the mean over the image and one linear layer. In a block, normalisation and ReLU come before each
/// of its two 3×3 convolutions; where the shape changes, the shortcut is a 1×1 convolution of the normalised input, as in the authors' code.
/// WRN-28-10 has 36,479,194 parameters on 3×32×32 with 10 classes.
/// </summary>
internal static class WideResNet
{
    private static readonly int[] Stages = [16, 32, 64];

    public static IReadOnlyList<Node> Nodes(ModelSpec spec, int[] input, int classes)
    {
        var chain = new Chain(input, spec).Conv("conv1", 16);
        var blocks = (spec.Depth!.Value - 4) / 6;
        foreach (var (stage, filters) in Stages.Index())
        {
            for (var block = 0; block < blocks; block++)
                Block(chain, $"stage{stage + 1}_block{block + 1}", Chain.Scaled(filters, spec.Width), stride: stage > 0 && block == 0 ? 2 : 1);
        }

        return chain.Norm("norm").Relu("relu").GlobalAveragePool().Head("fc", classes).Nodes;
    }

    private static void Block(Chain chain, string id, int filters, int stride)
    {
        var input = chain.Tip;
        var active = chain.Norm($"{id}_norm1").Relu($"{id}_relu1").Tip;
        var body = chain.Conv($"{id}_conv1", filters, stride: stride).Norm($"{id}_norm2").Relu($"{id}_relu2").Conv($"{id}_conv2", filters).Tip;
        if (stride != 1 || input.Channels != filters)
        {
            chain.Tip = active;
            input = chain.Conv($"{id}_shortcut", filters, kernel: 1, stride: stride).Tip;
            chain.Tip = body;
        }

        chain.Plus($"{id}_add", input);
    }
}
