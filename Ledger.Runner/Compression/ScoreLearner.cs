using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>Pruning by learned importance scores, as <see cref="LearnedScores"/> says.</summary>
internal static class ScoreLearner
{
    private static readonly string[] Learned = ["weight", "bias"];

    /// <param name="fit">
    /// Trains the network by changing the parameters given: the scores, and scales and shifts of batch normalisation. The last argument gives
    /// the state as it would be pruned now.
    /// </param>
    public static ModelState Prune(ModelState model, LearnedScores spec, Action<Network, IReadOnlyList<Parameter>, Func<IReadOnlyList<NamedTensor>>> fit)
    {
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        Freeze(network);
        var scores = PrunedLayers.Of(model.Architecture, spec.Except).ToDictionary(layer => layer.Id, layer => Start(network[$"{layer.Id}.weight"]));
        network.Reparametrization = (layer, weight, bias, _) => (scores.TryGetValue(layer.Id, out var score) ? weight.mul(Mask(score, spec.Ratio)) : weight, bias);
        IReadOnlyList<NamedTensor> Pruned() => State(network, scores, spec.Ratio);
        fit(network, [.. scores.Values, .. Norms(network)], Pruned);
        var pruned = ModelState.Of(model.Architecture, Pruned());
        foreach (var score in scores.Values)
            score.Dispose();
        return pruned;
    }

    /// <summary>√(6/fan_in)·w/max|w|.</summary>
    internal static Parameter Start(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var largest = weight.abs().max().item<float>();
        var fanIn = weight.shape.Skip(1).Aggregate(1L, (product, side) => product * side);
        using Scalar factor = largest > 0 ? Math.Sqrt(6.0 / fanIn) / largest : 0;
        var parameter = new Parameter(weight.detach().mul(factor));
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>
    /// 1 where |score| is among the largest, 0 for round(ratio·n) others, the earlier of equals first; its gradient goes to |score|.
    /// </summary>
    internal static Tensor Mask(Tensor score, Exact ratio)
    {
        var size = score.abs();
        var order = size.detach().flatten().sort(0, descending: false, stable: true).Indices;
        var kept = ones(size.numel()).index_fill_(0, order.narrow(0, 0, Share.Of(ratio, (int)size.numel())), Numbers.Zero);
        return kept.reshape(size.shape).add(size - size.detach(), Numbers.One);
    }

    private static List<NamedTensor> State(Network network, Dictionary<string, Parameter> scores, Exact ratio)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return [.. StateLayout.Of(network.Architecture).Select(slot => TensorBytes.Name(
            slot.Name, slot.Part == "weight" && scores.TryGetValue(slot.Node, out var score) ? network[slot.Name].mul(Mask(score, ratio)) : network[slot.Name]))];
    }

    private static void Freeze(Network network)
    {
        foreach (var layer in network.Architecture.Nodes.OfType<Weighted>())
        {
            network[$"{layer.Id}.weight"].requires_grad_(false);
            if (layer.Bias)
                network[$"{layer.Id}.bias"].requires_grad_(false);
        }
    }

    private static IEnumerable<Parameter> Norms(Network network) =>
        network.Architecture.Nodes.OfType<Domain.Models.BatchNorm2d>().SelectMany(_ => Learned, (norm, part) => (Parameter)network[$"{norm.Id}.{part}"]);
}
