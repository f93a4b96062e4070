using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Architecture = Ledger.Domain.Models.Architecture;

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

    /// <summary>Float weights that are rounded to four bits in every pass, activations in four bits.</summary>
    public static Architecture Latent(Granularity granularity, StraightThrough gradient)
    {
        var (weights, training) = (new WeightQuantization(4, granularity, Latent: true), new RangeTraining(gradient, null, LevelForm.Affine));
        return new([1, 28, 28], 10,
        [
            new Normalize("normalize", [Architecture.Pixels], [0.3], [0.5]),
            new FakeQuantize("normalize_quantized", ["normalize"], 4, 0.1, 6, 0, 15, training),
            new Conv2d("conv1", ["normalize_quantized"], 1, 4, 3, 2, 1, Bias: true, weights),
            new Relu("relu1", ["conv1"]),
            new FakeQuantize("relu1_quantized", ["relu1"], 4, 0.03, 0, 0, 15, training),
            new Flatten("flatten", ["relu1_quantized"]),
            new Linear("head", ["flatten"], 4 * 196, 10, Bias: true, weights),
        ]);
    }

    /// <summary>A convolution and a linear layer, each in two factors as a truncated singular value decomposition gives.</summary>
    public static Architecture Factored() => new([1, 28, 28], 10,
    [
        new Conv2d("conv_b", [Architecture.Pixels], 1, 2, 3, 2, 1, Bias: false),
        new Conv2d("conv_a", ["conv_b"], 2, 4, 1, 1, 0, Bias: true),
        new Relu("relu", ["conv_a"]),
        new Flatten("flatten", ["relu"]),
        new Linear("head_b", ["flatten"], 4 * 196, 3, Bias: false),
        new Linear("head_a", ["head_b"], 3, 10, Bias: true),
    ]);

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

    /// <summary>Weights of a size as trained ones have, running statistics that matter, integers over their whole range.</summary>
    public static IReadOnlyList<NamedTensor> State(Architecture architecture, int seed)
    {
        var random = new Random(seed);
        return [.. StateLayout.Of(architecture).Select(slot => new NamedTensor(slot.Name, slot.Type, slot.Shape, Values(slot, random)))];
    }

    /// <summary>Images on the grid k/255, as decoded ones are.</summary>
    public static float[] Pixels(long[] shape, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => random.Next(256) / 255f)];
    }

    private static byte[] Values(Slot slot, Random random)
    {
        int count = (int)slot.Shape.Aggregate(1L, (a, b) => a * b);
        float scale = 1 / MathF.Sqrt(slot.Shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        return (slot.Type, slot.Part) switch
        {
            (TensorType.I64, _) => BitConverter.GetBytes(3L),
            (TensorType.I8, _) => Bytes(count, () => (sbyte)random.Next(-127, 128)),
            (_, "weight_scale") => Bytes(count, () => 0.0005f + (0.001f * random.NextSingle())),
            (_, "running_var") => Bytes(count, () => 0.5f + random.NextSingle()),
            _ => Bytes(count, () => scale * ((2 * random.NextSingle()) - 1)),
        };
    }

    private static byte[] Bytes<T>(int count, Func<T> draw)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(Enumerable.Range(0, count).Select(_ => draw()).ToArray().AsSpan()).ToArray();
}
