using Ledger.Domain.Experiments;
using Ledger.Runner.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>Holds layers at a Frobenius norm: see <see cref="Renormalization"/>. A matrix of zeros stays one.</summary>
internal sealed class Renormalizer
{
    private readonly IReadOnlyList<Held> held;

    /// <param name="network">Taken as the beginning of training, and brought to the norms it is to have.</param>
    public Renormalizer(Renormalization spec, Network network)
    {
        var chosen = LayerChoice.Of(network.Architecture, spec.Layers);
        var pairs = FactorPair.Of(network.Architecture).Where(pair => chosen.Contains(pair.Inner) || chosen.Contains(pair.Outer)).ToList();
        var single = chosen.Where(layer => pairs.All(pair => pair.Inner != layer && pair.Outer != layer));
        Tensor[][] matrices =
        [
            .. single.Select(layer => (Tensor[])[network[$"{layer.Id}.weight"]]),
            .. pairs.Select(pair => (Tensor[])[network[$"{pair.Inner.Id}.weight"], network[$"{pair.Outer.Id}.weight"]]),
        ];
        held = [.. matrices.Select(factors => new Held(factors, spec.Scale * (spec.To ?? Norm(factors))))];
        Apply();
    }

    public void Apply()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var (factors, target) in held)
        {
            var norm = Norm(factors);
            if (norm == 0)
                continue;
            using Scalar factor = Math.Pow(target / norm, 1.0 / factors.Length);
            foreach (var weight in factors)
                weight.mul_(factor);
        }
    }

    /// <summary>‖W‖_F, or of two factors ‖outer·inner‖_F, the root of the trace of (outerᵀ·outer)(inner·innerᵀ): the product is not made.</summary>
    internal static double Norm(IReadOnlyList<Tensor> factors)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var inner = factors[0].flatten(1);
        if (factors.Count == 1)
            return inner.norm().to_type(float64).item<double>();
        var outer = factors[1].flatten(1);
        return Math.Sqrt((outer.t().mm(outer) * inner.mm(inner.t())).sum().to_type(float64).item<double>());
    }

    private sealed record Held(Tensor[] Factors, double Target);
}
