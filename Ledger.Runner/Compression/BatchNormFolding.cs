using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Models;

namespace Ledger.Runner.Compression;

/// <summary>
/// Batch normalisation as part of the convolution before it: W' = W·γ/√(σ²+ε), b' = (b − μ)·γ/√(σ²+ε) + β, in float64, rounded once.
/// The network computes the same up to rounding. A batch normalisation that is not the only reader of a convolution, as in networks
/// with pre-activation, stays a node of its own.
/// </summary>
public static class BatchNormFolding
{
    public static ModelState Fold(ModelState model) =>
        model.Architecture.Nodes.OfType<BatchNorm2d>().Select(norm => norm.Id).Aggregate(model, Fold);

    private static ModelState Fold(ModelState model, string id)
    {
        var nodes = model.Architecture.Nodes;
        var norm = nodes.OfType<BatchNorm2d>().Single(node => node.Id == id);
        if (nodes.FirstOrDefault(node => node.Id == norm.Inputs[0]) is not Conv2d conv || nodes.Count(node => node.Inputs.Contains(conv.Id)) > 1)
            return model;
        IEnumerable<Node> folded = nodes.Where(node => node != norm).Select(node => node == conv ? conv with { Bias = true } : Graphs.Redirect(node, norm.Id, conv.Id));
        var tensors = model.With(Folded(model, conv, norm)).Tensors
            .Where(tensor => !tensor.Key.StartsWith($"{norm.Id}.", StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
        return new ModelState(model.Architecture with { Nodes = [.. folded] }, tensors);
    }

    private static NamedTensor[] Folded(ModelState model, Conv2d conv, BatchNorm2d norm)
    {
        var weight = model.Floats($"{conv.Id}.weight");
        var bias = conv.Bias ? model.Floats($"{conv.Id}.bias") : new float[conv.OutChannels];
        float[] Of(string part) => model.Floats($"{norm.Id}.{part}");
        var (gamma, beta, mean, variance) = (Of("weight"), Of("bias"), Of("running_mean"), Of("running_var"));
        for (var channel = 0; channel < conv.OutChannels; channel++)
        {
            var factor = gamma[channel] / Math.Sqrt(variance[channel] + Evaluation.BatchNormEps);
            foreach (ref var value in weight.AsSpan(channel * (weight.Length / conv.OutChannels), weight.Length / conv.OutChannels))
                value = (float)(value * factor);
            bias[channel] = (float)((((double)bias[channel] - mean[channel]) * factor) + beta[channel]);
        }
        return
        [
            ModelState.Floats($"{conv.Id}.weight", model.Tensors[$"{conv.Id}.weight"].Shape, weight),
            ModelState.Floats($"{conv.Id}.bias", [conv.OutChannels], bias),
        ];
    }
}

/// <summary>Changes of wiring.</summary>
internal static class Graphs
{
    /// <summary>The node, reading <paramref name="to"/> where it read <paramref name="from"/>.</summary>
    public static Node Redirect(Node node, string from, string to) =>
        node with { Inputs = [.. node.Inputs.Select(input => input == from ? to : input)] };
}
