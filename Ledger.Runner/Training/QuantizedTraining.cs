using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;

namespace Ledger.Runner.Training;

/// <summary>The end of quantization-aware training: what was simulated becomes what is stored.</summary>
public static class QuantizedTraining
{
    /// <summary>Saves the network; one trained as quantized is saved quantized, and gives the same logits to the bit.</summary>
    public static ModelRef Save(ArtifactStore store, Architecture architecture, IReadOnlyList<NamedTensor> state)
    {
        var finished = Finish(ModelState.Of(architecture, state));
        return ModelFiles.Save(store, finished.Architecture, [.. finished.Tensors.Values]);
    }

    /// <summary>Integers for latent weights, and scale and zero point for ranges. Other networks stay as they are.</summary>
    public static ModelState Finish(ModelState model)
    {
        var integers = WeightQuantizer.Finish(model);
        var nodes = integers.Architecture.Nodes.Select(node => node is FakeQuantize { Training: { } training } fake ? Settled(integers, fake, training) : node);
        var tensors = integers.Tensors.Where(tensor => !tensor.Key.EndsWith(".range", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        return new ModelState(integers.Architecture with { Nodes = [.. nodes] }, tensors);
    }

    private static FakeQuantize Settled(ModelState model, FakeQuantize node, RangeTraining training)
    {
        if (training.Ema is null)
            return node with { Training = null };
        var range = model.Floats($"{node.Id}.range");
        return new ActivationRange(range[0], range[1]).Levels(node.Bits, training.Form).Node(node.Id, node.Inputs[0], node.Bits);
    }
}
