using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using Ledger.Tests.Models;
using static TorchSharp.torch;

namespace Ledger.Tests.Compression;

/// <summary>Random networks with every kind of node that compression has to follow.</summary>
internal static class CompressionNets
{
    /// <summary>Convolutions with batch norm, two of them added (one through a shortcut), then pooled.</summary>
    public static readonly Architecture Residual = new([2, 8, 8], 5,
    [
        new Normalize("normalize", ["input"], [0.5, 0.4], [0.3, 0.2]),
        new Conv2d("stem", ["normalize"], 2, 6, 3, 1, 1, false), new BatchNorm2d("stem_bn", ["stem"], 6), new Relu("stem_relu", ["stem_bn"]),
        new Conv2d("inner", ["stem_relu"], 6, 4, 3, 1, 1, false), new BatchNorm2d("inner_bn", ["inner"], 4), new Relu("inner_relu", ["inner_bn"]),
        new Conv2d("outer", ["inner_relu"], 4, 6, 3, 1, 1, true),
        new Add("add", ["outer", "stem_relu"]), new Relu("add_relu", ["add"]),
        new GlobalAveragePool("pool", ["add_relu"]), new Linear("head", ["pool"], 6, 5, true),
    ]);

    /// <summary>A block with pre-activation as in wide residual networks: batch norm behind the addition, and a projection as shortcut.</summary>
    public static readonly Architecture PreActivation = new([2, 8, 8], 5,
    [
        new Normalize("normalize", ["input"], [0.5, 0.4], [0.3, 0.2]),
        new Conv2d("stem", ["normalize"], 2, 6, 3, 1, 1, false),
        new BatchNorm2d("first_bn", ["stem"], 6), new Relu("first_relu", ["first_bn"]),
        new Conv2d("inner", ["first_relu"], 6, 8, 3, 2, 1, false), new BatchNorm2d("inner_bn", ["inner"], 8), new Relu("inner_relu", ["inner_bn"]),
        new Conv2d("outer", ["inner_relu"], 8, 8, 3, 1, 1, false),
        new Conv2d("shortcut", ["first_relu"], 6, 8, 1, 2, 0, false),
        new Add("add", ["outer", "shortcut"]),
        new BatchNorm2d("last_bn", ["add"], 8), new Relu("last_relu", ["last_bn"]),
        new GlobalAveragePool("pool", ["last_relu"]), new Linear("head", ["pool"], 8, 5, true),
    ]);

    /// <summary>A random state, batch norms too, as if trained.</summary>
    public static ModelState State(Architecture architecture, ulong seed = 1)
    {
        using var network = Nets.Of(architecture, seed);
        using var generator = Determinism.Generator(seed + 1);
        using var off = no_grad();
        foreach (var norm in architecture.Nodes.OfType<BatchNorm2d>())
        {
            network[$"{norm.Id}.weight"].uniform_(0.5, 2, generator);
            network[$"{norm.Id}.bias"].uniform_(-1, 1, generator);
            network[$"{norm.Id}.running_mean"].uniform_(-1, 1, generator);
            network[$"{norm.Id}.running_var"].uniform_(0.5, 2, generator);
        }
        return ModelState.Of(architecture, network.State());
    }

    public static ModelState Zoo(string kind, double width = 0.5) =>
        State(Architectures.Build(Nets.SmallCnnSpec(width) with { Kind = kind }, [1, 28, 28], 10));

    /// <summary>Residual networks of the zoo on colour images, few channels wide.</summary>
    public static ModelState Colour(string kind, int? depth = null) => State(Architectures.Build(
        new(kind, [], Width: kind == "wrn" ? 1 : 0.25, Bias: true, new([0.5, 0.4, 0.3], [0.2, 0.3, 0.2]), depth), [3, 32, 32], 10));

    public static Tensor Images(Architecture architecture, int count = 4)
    {
        using var generator = Determinism.Generator(9);
        return rand([count, .. architecture.Input.Select(side => (long)side)], generator: generator);
    }

    public static Tensor Logits(ModelState model, Tensor images)
    {
        using var off = no_grad();
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        return network.Forward(images);
    }

    public static float LargestDifference(Tensor one, Tensor two) => (one - two).abs().max().item<float>();
}
