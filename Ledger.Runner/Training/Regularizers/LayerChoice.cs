using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>Layers by the words of an experiment file, and their weights as matrices.</summary>
internal static class LayerChoice
{
    /// <param name="names"><c>hidden</c>, <c>head</c>, <c>all</c>, or ids of convolutions and linear layers.</param>
    /// <returns>In evaluation order, each once.</returns>
    /// <exception cref="StepFailure">A name that is no layer; or no layer at all.</exception>
    public static IReadOnlyList<Weighted> Of(Architecture architecture, IReadOnlyCollection<string> names)
    {
        var layers = architecture.Nodes.OfType<Weighted>().ToList();
        var head = layers[^1];
        if (names.FirstOrDefault(name => name is not ("hidden" or "head" or "all") && layers.All(layer => layer.Id != name)) is { } unknown)
            throw new StepFailure(FailureCodes.Error, $"no layer {unknown}; expected hidden, head, all or one of {string.Join(", ", layers.Select(layer => layer.Id))}");
        bool IsNamed(Weighted layer) => names.Contains("all") || names.Contains(layer.Id) || names.Contains(layer == head ? "head" : "hidden");
        var chosen = layers.Where(IsNamed).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new StepFailure(FailureCodes.Error, $"the network has no layers that are {string.Join(", ", names)}");
    }

    /// <summary>[out, in], or [out, in·kernel·kernel]: a view of the weight.</summary>
    public static Tensor Matrix(Network network, Weighted layer) => network[$"{layer.Id}.weight"].flatten(1);
}

/// <summary>
/// Two layers without anything between them that are one matrix in two factors, W = <paramref name="Outer"/>·<paramref name="Inner"/>: a linear
/// layer or convolution without bias into r features, then a linear layer or 1 × 1 convolution, r no more than either side.
/// </summary>
internal sealed record FactorPair(Weighted Inner, Weighted Outer)
{
    public static IReadOnlyList<FactorPair> Of(Architecture architecture) =>
    [
        .. from outer in architecture.Nodes.OfType<Weighted>()
           from inner in architecture.Nodes.OfType<Weighted>()
           where outer.Inputs[0] == inner.Id && !inner.Bias && architecture.Nodes.Count(node => node.Inputs.Contains(inner.Id)) == 1 && AreFactors(inner, outer)
           select new FactorPair(inner, outer),
    ];

    private static bool AreFactors(Weighted inner, Weighted outer) => (inner, outer) switch
    {
        (Linear first, Linear second) => first.OutFeatures <= Math.Min(first.InFeatures, second.OutFeatures),
        (Conv2d first, Conv2d { Kernel: 1, Stride: 1, Padding: 0 } second) =>
            first.OutChannels <= Math.Min(first.InChannels * first.Kernel * first.Kernel, second.OutChannels),
        _ => false,
    };
}
