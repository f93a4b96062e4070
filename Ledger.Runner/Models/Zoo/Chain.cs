using Ledger.Domain.Models;

namespace Ledger.Runner.Models.Zoo;

/// <summary>Writes down a chain of nodes, keeping track of the shape of what the last one gives.</summary>
internal sealed class Chain
{
    private readonly List<Node> nodes = [];
    private readonly bool bias;
    private int channels, height, width;

    /// <summary>Starts with the normalisation of the input.</summary>
    public Chain(int[] input, bool bias, double[] mean, double[] std)
    {
        (channels, height, width, this.bias) = (input[0], input[1], input[2], bias);
        Add(new Normalize("normalize", Previous, mean, std));
    }

    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>A 3×3 convolution with padding 1 and its ReLU.</summary>
    public Chain Conv3(string id, int filters, int stride = 1)
    {
        Add(new Conv2d(id, Previous, channels, filters, Kernel: 3, stride, Padding: 1, bias));
        (channels, height, width) = (filters, ((height - 1) / stride) + 1, ((width - 1) / stride) + 1);
        return Relu(id);
    }

    public Chain MaxPool(string id)
    {
        (height, width) = (height / 2, width / 2);
        return Add(new MaxPool2d(id, Previous, Kernel: 2, Stride: 2));
    }

    public Chain Flatten()
    {
        (channels, height, width) = (channels * height * width, 1, 1);
        return Add(new Flatten("flatten", Previous));
    }

    /// <summary>A linear layer and its ReLU.</summary>
    public Chain Hidden(string id, int features) => Linear(id, features).Relu(id);

    public Chain Linear(string id, int features)
    {
        Add(new Linear(id, Previous, channels, features, bias));
        channels = features;
        return this;
    }

    /// <summary>A channel count times the width multiplier, at least 1.</summary>
    public static int Scaled(int count, double multiplier) => Math.Max(1, (int)Math.Round(count * multiplier, MidpointRounding.AwayFromZero));

    private IReadOnlyList<string> Previous => [nodes.Count == 0 ? Architecture.Pixels : nodes[^1].Id];

    private Chain Relu(string of) => Add(new Relu($"{of}_relu", Previous));

    private Chain Add(Node node)
    {
        nodes.Add(node);
        return this;
    }
}
