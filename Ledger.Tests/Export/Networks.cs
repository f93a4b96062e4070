using Ledger.Domain.Models;

namespace Ledger.Tests.Export;

/// <summary>Architectures of the shapes that training, pruning and quantization give.</summary>
internal static class Networks
{
    /// <summary>Two convolutions with batch norm and pooling, two linear layers.</summary>
    public static Architecture SmallCnn(int first = 16, int second = 32, int hidden = 128) => new([1, 28, 28], 10,
    [
        new Normalize("normalize", [Architecture.Pixels], [0.286], [0.353]),
        new Conv2d("conv1", ["normalize"], 1, first, 3, 1, 1, Bias: false),
        new BatchNorm2d("norm1", ["conv1"], first),
        new Relu("relu1", ["norm1"]),
        new MaxPool2d("pool1", ["relu1"], 2, 2),
        new Conv2d("conv2", ["pool1"], first, second, 3, 1, 1, Bias: false),
        new BatchNorm2d("norm2", ["conv2"], second),
        new Relu("relu2", ["norm2"]),
        new MaxPool2d("pool2", ["relu2"], 2, 2),
        new Flatten("flatten", ["pool2"]),
        new Linear("hidden", ["flatten"], second * 49, hidden, Bias: true),
        new Relu("relu3", ["hidden"]),
        new Linear("head", ["relu3"], hidden, 10, Bias: true),
    ]);

    /// <summary>Batch norm folded, weights in eight bits per channel, activations in eight bits.</summary>
    public static Architecture Quantized(Granularity granularity = Granularity.PerChannel)
    {
        var weights = new WeightQuantization(8, granularity);
        return new([1, 28, 28], 10,
        [
            new Normalize("normalize", [Architecture.Pixels], [0], [1]),
            new FakeQuantize("normalize_q", ["normalize"], 8, 1.0 / 255, -128, -128, 127),
            new Conv2d("conv1", ["normalize_q"], 1, 4, 3, 2, 1, Bias: true, weights),
            new Relu("relu1", ["conv1"]),
            new FakeQuantize("relu1_q", ["relu1"], 8, 0.0123, -128, -128, 127),
            new Flatten("flatten", ["relu1_q"]),
            new Linear("head", ["flatten"], 4 * 196, 10, Bias: true, weights),
        ]);
    }

    /// <summary>A shortcut around a convolution, one around the whole body, colour images.</summary>
    public static Architecture Residual() => new([3, 32, 32], 10,
    [
        new Conv2d("stem", [Architecture.Pixels], 3, 3, 3, 1, 1, Bias: false),
        new Relu("relu", ["stem"]),
        new Conv2d("conv", ["relu"], 3, 3, 3, 1, 1, Bias: true),
        new Add("inner", ["conv", "relu"]),
        new Add("outer", ["inner", Architecture.Pixels]),
        new GlobalAveragePool("average", ["outer"]),
        new Linear("head", ["average"], 3, 10, Bias: false),
    ]);
}
