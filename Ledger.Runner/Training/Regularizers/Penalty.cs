using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Conv2d = Ledger.Domain.Models.Conv2d;
using Linear = Ledger.Domain.Models.Linear;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>One regularizer of a training, ready to be evaluated.</summary>
/// <param name="Name">As in an experiment file.</param>
/// <param name="Parameters">All that <paramref name="Value"/> depends on.</param>
/// <param name="Value">Without the weight, with its graph.</param>
internal sealed record Penalty(string Name, double Weight, IReadOnlyList<Parameter> Parameters, Func<Tensor> Value)
{
    /// <param name="gates">Of <see cref="TransformedSparsity"/>; null where there is none.</param>
    /// <param name="examples">Trained on.</param>
    /// <exception cref="StepFailure">The network has no such layers, or is none the regularizer is for.</exception>
    public static Penalty Of(RegularizerSpec spec, Network network, HardConcreteGates? gates, int examples)
    {
        var architecture = network.Architecture;
        return spec switch
        {
            L1 => new Penalty("l1", spec.Weight, network.Parameters, Once(network.Parameters)),
            GroupLasso lasso => Over(
                "group-lasso", lasso, network, lasso.Layers is { } named ? LayerChoice.Of(architecture, named) : Grouped(architecture),
                lasso.Form == GroupLassoForm.ScaleInvariant ? Sparsity.RowNormsOverFrobenius : Sparsity.RowNorms),
            NuclearNorm nuclear => Over(
                "nuclear-norm", nuclear, network, nuclear.Layers is { } named ? LayerChoice.Of(architecture, named) : Hidden<Linear>(architecture), Spectra.NuclearNorm),
            ConditionNumber condition => Over("cnc", condition, network, LayerChoice.Of(architecture, condition.Layers ?? ["head"]), Of(condition.Form)),
            Orthogonality orthogonal => Over(
                "orthogonal", orthogonal, network, LayerChoice.Of(architecture, orthogonal.Layers ?? ["all"]),
                matrix => orthogonal.Form == OrthogonalityForm.Srip ? Spectra.RestrictedIsometry(matrix, orthogonal.Scale) : Spectra.Orthogonality(matrix, orthogonal.Scale)),
            SpectralNorm spectral => Over(
                "spectral", spectral, network, LayerChoice.Of(architecture, spectral.Layers ?? ["all"]), matrix => Spectra.SpectralNorm(matrix, spectral.Power)),
            TransformedSparsity sparse => new Penalty(
                "tsc", sparse.Weight, [.. gates!.Parameters, .. gates.Layers.Select(layer => Matrix(network, layer))],
                () => TransformedL1.Of(sparse, network, gates, examples)),
            _ => throw new NotSupportedException($"no penalty for {spec.GetType().Name}"),
        };
    }

    private static Func<Tensor> Once(IReadOnlyList<Parameter> parameters) => () => Sparsity.L1(parameters);

    private static Func<Tensor, Tensor> Of(ConditionForm form) => form switch
    {
        ConditionForm.Released => Spectra.ReleasedDeterminant,
        ConditionForm.LogRatio => Spectra.LogConditionNumber,
        _ => Spectra.MeansRatio,
    };

    private static Penalty Over(string name, RegularizerSpec spec, Network network, IReadOnlyList<Weighted> layers, Func<Tensor, Tensor> value) =>
        new(name, spec.Weight, [.. layers.Select(layer => Matrix(network, layer))],
            () => Sparsity.Sum(layers.Select(layer => value(LayerChoice.Matrix(network, layer)))));

    private static Parameter Matrix(Network network, Weighted layer) => (Parameter)network[$"{layer.Id}.weight"];

    /// <summary>Hidden layers without the first convolution of the network; a factor of a low-rank layer has no rows to speak of.</summary>
    private static IReadOnlyList<Weighted> Grouped(Architecture architecture)
    {
        if (FactorPair.Of(architecture) is [var pair, ..])
            throw new StepFailure(FailureCodes.Error, $"group-lasso is for whole layers, but {pair.A.Id} and {pair.B.Id} are factors of one; use nuclear-norm, or no rank");
        var first = architecture.Nodes.OfType<Conv2d>().FirstOrDefault();
        return [.. Hidden<Weighted>(architecture).Where(layer => layer != first)];
    }

    private static IReadOnlyList<Weighted> Hidden<T>(Architecture architecture)
        where T : Weighted
    {
        IReadOnlyList<Weighted> layers = [.. LayerChoice.Of(architecture, ["hidden"]).Where(layer => layer is T)];
        return layers.Count > 0 ? layers : throw new StepFailure(FailureCodes.Error, "the network has no hidden layers for the regularizer; name some with layers:");
    }
}
