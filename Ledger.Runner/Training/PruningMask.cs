using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>
/// Which parameters of a pruned network are zero and must stay so while it is fine-tuned: zero weights, and a zero bias all of whose
/// weights are zero (a removed filter kept in place). Momentum and weight decay revive them, so they are set to zero again after
/// every optimizer step.
/// </summary>
public sealed class PruningMask : IDisposable
{
    private readonly IReadOnlyDictionary<string, Tensor> removed;

    private PruningMask(IReadOnlyDictionary<string, Tensor> removed) => this.removed = removed;

    /// <summary>For a network trained from the start, in which a zero is chance.</summary>
    public static PruningMask None() => new(new Dictionary<string, Tensor>(StringComparer.Ordinal));

    /// <summary>The zeros of the network as it is now.</summary>
    public static PruningMask Of(Network network)
    {
        using var scope = NewDisposeScope();
        var zeros = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var node in network.Architecture.Nodes.Where(node => node is Weighted { Quantized: null or { Latent: true } } or BatchNorm2d))
        {
            var weight = network[$"{node.Id}.weight"].detach().eq(Numbers.Zero);
            zeros[$"{node.Id}.weight"] = weight;
            if (node is BatchNorm2d or Weighted { Bias: true })
                zeros[$"{node.Id}.bias"] = network[$"{node.Id}.bias"].detach().eq(Numbers.Zero).logical_and(weight.reshape(weight.shape[0], -1).all(1));
        }

        var any = zeros.Where(mask => mask.Value.any().item<bool>()).ToDictionary(StringComparer.Ordinal);
        foreach (var mask in any.Values)
            mask.DetachFromDisposeScope();
        return new PruningMask(any);
    }

    public void Apply(Network network)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        // Filling also clears the NaN of a diverged network, which multiplying by zero would not.
        foreach (var (name, mask) in removed)
            network[name].masked_fill_(mask, Numbers.Zero);
    }

    /// <exception cref="InvalidOperationException">A parameter that was pruned is not zero: a fault of the trainer, never of the data.</exception>
    public void Assert(Network network)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, mask) in removed)
        {
            if (network[name].detach().ne(Numbers.Zero).logical_and(mask).any().item<bool>())
                throw new InvalidOperationException($"a pruned parameter of {name} is not zero after a training step");
        }
    }

    public void Dispose()
    {
        foreach (var mask in removed.Values)
            mask.Dispose();
    }
}
