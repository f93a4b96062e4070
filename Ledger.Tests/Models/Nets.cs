using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;

namespace Ledger.Tests.Models;

/// <summary>Networks for tests.</summary>
internal static class Nets
{
    public static readonly Normalization Grey = new([0.5], [0.5]);

    public static ModelSpec SmallCnnSpec(double width = 1) => new("small-cnn", [], width, Bias: true, Grey);

    public static Network SmallCnn(ulong seed = 1, double width = 1) => Zoo(SmallCnnSpec(width), seed);

    public static Network Mlp(ulong seed = 1, params int[] hidden) => Zoo(new ModelSpec("mlp", hidden, 1, Bias: true, Grey), seed);

    public static Network Zoo(ModelSpec spec, ulong seed = 1) => Of(Architectures.Build(spec, [1, 28, 28], 10), seed);

    public static Network Of(Architecture architecture, ulong seed = 1)
    {
        using var generator = Determinism.Generator(seed);
        return Network.Initialise(architecture, generator);
    }
}
