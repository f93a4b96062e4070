using Ledger.Domain.Experiments;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>The transformed sparse constraint: formula and source at <see cref="TransformedSparsity"/>.</summary>
internal static class TransformedL1
{
    /// <summary>1/N · Σ over gated layers and their filters; the weight comes on top.</summary>
    /// <param name="examples">N.</param>
    public static Tensor Of(TransformedSparsity spec, Network network, HardConcreteGates gates, int examples)
    {
        using Scalar share = 1.0 / examples;
        var prior = examples * spec.Prior / (1 - spec.Droprate);
        return Sparsity.Sum(gates.Layers.Select(layer =>
            Shaped(Price(network[$"{layer.Id}.weight"], gates.LogAlpha(layer.Id)!, prior, spec.Lambda0), spec.A, spec.Form).sum())) * share;
    }

    /// <summary>uᵢ = P(gateᵢ ≠ 0)·Σⱼ(½·p·w²ᵢⱼ + λ₀), [filters].</summary>
    internal static Tensor Price(Tensor weight, Tensor logAlpha, double prior, double lambda0)
    {
        var rows = weight.flatten(1);
        using Scalar half = prior / 2, all = lambda0 * rows.shape[1];
        return HardConcreteGates.Open(logAlpha) * (rows.pow(Numbers.Two).sum(1) * half).add(all, Numbers.One);
    }

    /// <summary>(a + 1)u/(a + u), or (a + 1)u/(a − u) as released, for u ≥ 0.</summary>
    internal static Tensor Shaped(Tensor price, double a, SparsityForm form)
    {
        using Scalar shape = a, over = a + 1;
        var below = form == SparsityForm.Released ? price.neg() : price;
        return price * over / below.add(shape, Numbers.One);
    }
}
