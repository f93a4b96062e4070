using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>
/// Residual networks for small images (He et al. 2016): a 3×3 convolution without pooling after it, stages of basic blocks, the mean over the image
/// and one linear layer. The first block of every stage but the first halves the image; where its output has another shape than its input, the
/// shortcut is a 1×1 convolution with batch normalisation (option B). Convolutions have no biases.
/// </summary>
internal static class ResNet
{
    private static readonly int[] PublishedStages = [64, 128, 256, 512], SmallStages = [1, 2, 4];

    /// <summary>ResNet-18 with the CIFAR stem: 11,173,962 parameters on 3×32×32 with 10 classes.</summary>
    public static IReadOnlyList<Node> EighteenLayers(ModelSpec spec, int[] input, int classes) =>
        Of(spec, input, classes, [.. PublishedStages.Select(filters => Chain.Scaled(filters, spec.Width))], blocks: 2);

    /// <summary>Section 4.2's networks of 6n + 2 layers: three stages of n blocks, from <see cref="ModelSpec.Width"/> filters on (16 as published, there with option A).</summary>
    public static IReadOnlyList<Node> Small(ModelSpec spec, int[] input, int classes) =>
        Of(spec, input, classes, [.. SmallStages.Select(times => Chain.Scaled(times, spec.Width))], blocks: (spec.Depth!.Value - 2) / 6);

    private static IReadOnlyList<Node> Of(ModelSpec spec, int[] input, int classes, int[] stages, int blocks)
    {
        var chain = new Chain(input, spec).ConvNormRelu("conv1", stages[0]);
        foreach (var (stage, filters) in stages.Index())
        {
            for (var block = 0; block < blocks; block++)
                Block(chain, $"stage{stage + 1}_block{block + 1}", filters, stride: stage > 0 && block == 0 ? 2 : 1);
        }

        return chain.GlobalAveragePool().Head("fc", classes).Nodes;
    }

    private static void Block(Chain chain, string id, int filters, int stride)
    {
        var from = chain.Tip;
        var body = chain.ConvNormRelu($"{id}_conv1", filters, stride).Conv($"{id}_conv2", filters).Norm($"{id}_conv2_norm").Tip;
        if (stride != 1 || from.Channels != filters)
        {
            chain.Tip = from;
            from = chain.Conv($"{id}_shortcut", filters, kernel: 1, stride: stride).Norm($"{id}_shortcut_norm").Tip;
            chain.Tip = body;
        }

        chain.Plus($"{id}_add", from).Relu($"{id}_relu");
    }
}
