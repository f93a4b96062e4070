using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>The end of a chain: a node and the shape of what it gives.</summary>
internal readonly record struct Tip(string Node, int Channels, int Height, int Width);

/// <summary>
/// Writes down nodes one after another, keeping track of the shape of what the last one gives. Where the specification has a rank r,
/// a layer is two nodes, the factors of its weight A·B: <c>{id}_b</c> to r features or channels without bias (a convolution has its kernel,
/// stride and padding here), then <c>{id}_a</c>, linear or 1×1, with the bias if there is one.
/// </summary>
internal sealed class Chain
{
    /// <summary>Convolutions that read no more than this many channels, the images, stay dense.</summary>
    private const int ImageChannels = 3;

    private readonly List<Node> nodes = [];
    private readonly ModelSpec spec;

    /// <summary>Starts with the normalisation of the input.</summary>
    public Chain(int[] input, ModelSpec spec)
    {
        this.spec = spec;
        Tip = new Tip(Architecture.Pixels, input[0], input[1], input[2]);
        Add(new Normalize("normalize", Previous, spec.Normalize.Mean, spec.Normalize.Std));
    }

    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>Where the next node goes on; setting it to an earlier one begins a branch.</summary>
    public Tip Tip { get; set; }

    private string[] Previous => [Tip.Node];

    /// <summary>A convolution that keeps the size of the image, but for its stride: padding is (kernel − 1) / 2.</summary>
    public Chain Conv(string id, int filters, int kernel = 3, int stride = 1, bool bias = false)
    {
        var padding = (kernel - 1) / 2;
        if (spec.Rank is not { } rank || Tip.Channels <= ImageChannels)
            return Convolve(new Conv2d(id, Previous, Tip.Channels, filters, kernel, stride, padding, bias));
        Convolve(new Conv2d($"{id}_b", Previous, Tip.Channels, rank, kernel, stride, padding, Bias: false));
        return Convolve(new Conv2d($"{id}_a", Previous, rank, filters, Kernel: 1, Stride: 1, Padding: 0, bias));
    }

    /// <summary>A 3×3 convolution and its ReLU.</summary>
    public Chain Conv3(string id, int filters, int stride = 1) => Conv(id, filters, stride: stride, bias: spec.Bias).Relu($"{id}_relu");

    /// <summary>A 3×3 convolution, batch normalisation and ReLU.</summary>
    public Chain ConvNormRelu(string id, int filters, int stride = 1, bool bias = false) =>
        Conv(id, filters, stride: stride, bias: bias).Norm($"{id}_norm").Relu($"{id}_relu");

    public Chain Norm(string id) => Add(new BatchNorm2d(id, Previous, Tip.Channels));

    public Chain Relu(string id) => Add(new Relu(id, Previous));

    /// <summary>The sum with what an earlier node gives.</summary>
    public Chain Plus(string id, Tip other) => Add(new Add(id, [Tip.Node, other.Node]));

    public Chain MaxPool(string id)
    {
        Add(new MaxPool2d(id, Previous, Kernel: 2, Stride: 2));
        Tip = Tip with { Height = Tip.Height / 2, Width = Tip.Width / 2 };
        return this;
    }

    public Chain Flatten()
    {
        Add(new Flatten("flatten", Previous));
        Tip = Tip with { Channels = Tip.Channels * Tip.Height * Tip.Width, Height = 1, Width = 1 };
        return this;
    }

    public Chain GlobalAveragePool()
    {
        Add(new GlobalAveragePool("average", Previous));
        Tip = Tip with { Height = 1, Width = 1 };
        return this;
    }

    /// <summary>A linear layer and its ReLU.</summary>
    public Chain Hidden(string id, int features)
    {
        if (spec.Rank is { } rank)
            Map($"{id}_b", rank, bias: false).Map($"{id}_a", features, spec.Bias);
        else
            Map(id, features, spec.Bias);
        return Relu($"{id}_relu");
    }

    /// <summary>The last layer, which is never a product.</summary>
    public Chain Head(string id, int classes) => Map(id, classes, spec.Bias);

    /// <summary>A channel count times a multiplier, at least 1.</summary>
    public static int Scaled(int count, double multiplier) => Math.Max(1, (int)Math.Round(count * multiplier, MidpointRounding.AwayFromZero));

    private Chain Map(string id, int features, bool bias)
    {
        Add(new Linear(id, Previous, Tip.Channels, features, bias));
        Tip = Tip with { Channels = features };
        return this;
    }

    private Chain Convolve(Conv2d conv)
    {
        Add(conv);
        int After(int side) => ((side + (2 * conv.Padding) - conv.Kernel) / conv.Stride) + 1;
        Tip = Tip with { Channels = conv.OutChannels, Height = After(Tip.Height), Width = After(Tip.Width) };
        return this;
    }

    private Chain Add(Node node)
    {
        nodes.Add(node);
        Tip = Tip with { Node = node.Id };
        return this;
    }
}
