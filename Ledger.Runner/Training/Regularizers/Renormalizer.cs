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
        var pairs = FactorPair.Of(network.Architecture).Where(pair => chosen.Contains(pair.A) || chosen.Contains(pair.B)).ToList();
        var single = chosen.Where(layer => pairs.All(pair => pair.A != layer && pair.B != layer));
        Tensor[][] matrices =
        [
            .. single.Select(layer => (Tensor[])[network[$"{layer.Id}.weight"]]),
            .. pairs.Select(pair => (Tensor[])[network[$"{pair.A.Id}.weight"], network[$"{pair.B.Id}.weight"]]),
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

    /// <summary>‖W‖_F, or ‖B·A‖_F of two factors: the trace of (BᵀB)(AAᵀ), without making the product.</summary>
    internal static double Norm(IReadOnlyList<Tensor> factors)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var a = factors[0].flatten(1);
        if (factors.Count == 1)
            return a.norm().to_type(float64).item<double>();
        var b = factors[1].flatten(1);
        return Math.Sqrt((b.t().mm(b) * a.mm(a.t())).sum().to_type(float64).item<double>());
    }

    private sealed record Held(Tensor[] Factors, double Target);
}
