using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Attacks;

/// <summary>Networks on four grey pixels whose worst perturbations are known in closed form.</summary>
internal static class LinearNets
{
    // Bounded away from zero, so that every pixel matters; all pixels used below leave room for the perturbations.
    public static readonly float[] Weights = [1.5f, -0.5f, 0.75f, -2f];

    /// <summary>Logits (w·x + b, 0, −50, −50): the margin of class 0 is w·x + b. The last two are there for losses that look at more classes.</summary>
    public static Network Of(float bias = 0, Normalize? normalize = null)
    {
        IReadOnlyList<Node> nodes =
        [
            .. normalize is null ? [] : new Node[] { normalize },
            new Flatten("flat", [normalize?.Id ?? Architecture.Pixels]),
            new Linear("head", ["flat"], 4, 4, Bias: true),
        ];
        return Network.Load(new Architecture([1, 2, 2], 4, nodes),
            [Floats("head.weight", [4, 4], [.. Weights, .. new float[12]]), Floats("head.bias", [4], [bias, 0, -50, -50])]);
    }

    public static NamedTensor Floats(string name, long[] shape, float[] values) =>
        new(name, TensorType.F32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
}
