using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>
/// Stages of 3×3 convolutions, each with batch normalisation and ReLU, that end in 2×2 max pooling (Simonyan and Zisserman 2015); then, as is usual
/// for CIFAR, the mean over what is left of the image (one pixel of 32×32) and one linear layer.
/// </summary>
internal static class Vgg
{
    /// <summary>Configuration D: thirteen convolutions and, in this form, one linear layer. 14,728,266 parameters on 3×32×32 with 10 classes.</summary>
    public static IReadOnlyList<Node> SixteenLayers(ModelSpec spec, int[] input, int classes) =>
        Of(spec, input, classes, [.. new[] { (64, 2), (128, 2), (256, 3), (512, 3), (512, 3) }.Select(stage => (Chain.Scaled(stage.Item1, spec.Width), stage.Item2))]);

    /// <summary>The first three stages of configuration A, from <see cref="ModelSpec.Width"/> filters on: four convolutions, for images from 8×8.</summary>
    public static IReadOnlyList<Node> Small(ModelSpec spec, int[] input, int classes) =>
        Of(spec, input, classes, [(Chain.Scaled(1, spec.Width), 1), (Chain.Scaled(2, spec.Width), 1), (Chain.Scaled(4, spec.Width), 2)]);

    private static IReadOnlyList<Node> Of(ModelSpec spec, int[] input, int classes, (int Filters, int Convolutions)[] stages)
    {
        var (chain, layer) = (new Chain(input, spec), 0);
        foreach (var (stage, (filters, convolutions)) in stages.Index())
        {
            for (var convolution = 0; convolution < convolutions; convolution++)
                chain.ConvNormRelu($"conv{++layer}", filters, bias: spec.Bias);
            chain.MaxPool($"pool{stage + 1}");
        }

        return chain.GlobalAveragePool().Head("fc", classes).Nodes;
    }
}
