using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Runner.Measures;

/// <summary>
/// The Lipschitz constant of a chain with consecutive linear layers taken in pairs, A · ‖W′‖ · ‖W‖ in place of ‖W′‖ · ‖W‖ (Barsbey et al.,
/// Theorem 3.2), by the disjoint pairing that gives the smallest product. In L∞ with an upper bound of the alignment A this is a
/// bound; in L2 with an estimate of it, from below, it is only an estimate. Convolutions are not paired.
/// </summary>
internal static class AlignedBound
{
    public static (string Suffix, double Lipschitz, IReadOnlyList<MetricValue> Pairs) Of(
        Subject subject, Threat threat, LayerMatrix head, LipschitzBoundSettings settings, bool estimate)
    {
        if (estimate == (threat.Norm == Norm.Linf))
            throw new StepFailure(FailureCodes.Error, estimate ? "the aligned estimate is for l2; use aligned" : "the aligned bound is for linf; use aligned-estimate");
        var bound = new LipschitzBound(subject, threat);
        var links = Links(subject, bound, head);
        var metrics = new List<MetricValue>();
        var pairs = links.Zip(links.Skip(1), (first, second) => Pair(first, second)).ToList();
        return (estimate ? "_estimate" : "", InterlayerAlignment.BestPairing([.. links.Select(link => link.Factor)], pairs), metrics);

        double? Pair(Link first, Link second)
        {
            if (first.Layer is not { } near || second.Layer is not { } far || second.Mask is not { } mask)
                return null;
            var alignment = estimate
                ? MaskSearch.Estimate(subject, near, far, mask, settings)
                : InterlayerAlignment.InfinityBound(near.Matrix, far.Matrix, settings.K);
            metrics.Add(Figure.Ratio(estimate ? "alignment_2_estimate" : "alignment_inf_bound", alignment, $"{near.Id}/{far.Id}"));
            return alignment * first.Factor * second.Factor;
        }
    }

    /// <summary>One node or layer of the chain.</summary>
    /// <param name="Layer">Null for anything but a linear layer.</param>
    /// <param name="Mask">The ReLU between this linear layer and the linear layer before it; null where there is none or something else.</param>
    private sealed record Link(double Factor, LayerMatrix? Layer, string? Mask);

    private static List<Link> Links(Subject subject, LipschitzBound bound, LayerMatrix head)
    {
        RefuseBranches(subject.Floats.Architecture);
        var links = new List<Link>();
        string? mask = null;
        var before = Architecture.Pixels;
        foreach (var node in subject.Floats.Architecture.Nodes.TakeWhile(node => node.Id != head.First.Id))
        {
            if (node is Relu)
                mask = node.Id;
            var layer = subject.Layers.Applied.FirstOrDefault(layer => layer.Last.Id == node.Id);
            // Inside of a product of two layers, and where the factor is 1, there is nothing to multiply.
            if (layer is null && (node is Weighted or Relu or Flatten))
                continue;
            links.Add(new Link(bound.Of(node.Id) / bound.Of(before), layer is { IsLinear: true } ? layer : null, layer is { IsLinear: true } ? mask : null));
            (before, mask) = (node.Id, null);
        }

        return links;
    }

    private static void RefuseBranches(Architecture architecture)
    {
        for (var i = 0; i < architecture.Nodes.Count; i++)
        {
            if (architecture.Nodes[i].Inputs is not [var input] || input != (i == 0 ? Architecture.Pixels : architecture.Nodes[i - 1].Id))
                throw new StepFailure(FailureCodes.Error, $"interlayer alignment is for chains of layers; '{architecture.Nodes[i].Id}' makes this network a graph (use the variant product)");
        }
    }
}
