using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
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
        Penalty Over(string name, Func<Tensor, Tensor> value) => OverLayers(name, spec.Weight, network, Layers(spec, network.Architecture), value);
        return spec switch
        {
            L1 => new Penalty("l1", spec.Weight, network.Parameters, Once(network.Parameters)),
            GroupLasso lasso => Over("group-lasso", lasso.Form == GroupLassoForm.ScaleInvariant ? Sparsity.RowNormsOverFrobenius : Sparsity.RowNorms),
            NuclearNorm => Over("nuclear-norm", Spectra.NuclearNorm),
            ConditionNumber condition => Over("cnc", Of(condition.Form)),
            Orthogonality { Form: OrthogonalityForm.Srip } isometry => Over("orthogonal", matrix => Spectra.RestrictedIsometry(matrix, isometry.Scale)),
            Orthogonality orthogonal => Over("orthogonal", matrix => Spectra.Orthogonality(matrix, orthogonal.Scale)),
            SpectralNorm spectral => Over("spectral", matrix => Spectra.SpectralNorm(matrix, spectral.Power)),
            TransformedSparsity sparse => new Penalty(
                "tsc", sparse.Weight, [.. gates!.Parameters, .. gates.Layers.Select(layer => Matrix(network, layer))],
                () => TransformedL1.Of(sparse, network, gates, examples)),
            _ => throw new NotSupportedException($"no penalty for {spec.GetType().Name}"),
        };
    }

    /// <summary>The layers whose matrices a regularizer looks at one by one; none for those that look at something else.</summary>
    /// <exception cref="StepFailure">See <see cref="Of(RegularizerSpec, Network, HardConcreteGates?, int)"/>.</exception>
    internal static IReadOnlyList<Weighted> Layers(RegularizerSpec spec, Architecture architecture) => spec switch
    {
        GroupLasso lasso => Grouped(architecture, lasso.Layers),
        NuclearNorm { Layers: null } => Hidden<Linear>(architecture),
        NuclearNorm nuclear => LayerChoice.Of(architecture, nuclear.Layers),
        ConditionNumber condition => LayerChoice.Of(architecture, condition.Layers ?? ["head"]),
        Orthogonality orthogonal => LayerChoice.Of(architecture, orthogonal.Layers ?? ["all"]),
        SpectralNorm spectral => LayerChoice.Of(architecture, spectral.Layers ?? ["all"]),
        _ => [],
    };

    private static Func<Tensor> Once(IReadOnlyList<Parameter> parameters) => () => Sparsity.L1(parameters);

    private static Func<Tensor, Tensor> Of(ConditionForm form) => form switch
    {
        ConditionForm.Released => Spectra.ReleasedDeterminant,
        ConditionForm.LogRatio => Spectra.LogConditionNumber,
        _ => Spectra.MeansRatio,
    };

    private static Penalty OverLayers(string name, double weight, Network network, IReadOnlyList<Weighted> layers, Func<Tensor, Tensor> value) => new(
        name, weight, [.. layers.Select(layer => Matrix(network, layer))], () => Sparsity.Sum(layers.Select(layer => value(LayerChoice.Matrix(network, layer)))));

    private static Parameter Matrix(Network network, Weighted layer) => (Parameter)network[$"{layer.Id}.weight"];

    /// <summary>By default hidden layers without the first convolution of the network; a factor of a low-rank layer has no rows to speak of.</summary>
    private static IReadOnlyList<Weighted> Grouped(Architecture architecture, string[]? named)
    {
        if (FactorPair.Of(architecture) is [var pair, ..])
            throw new StepFailure(FailureCodes.Error, $"group-lasso is for whole layers, but {pair.Inner.Id} and {pair.Outer.Id} are factors of one; use nuclear-norm, or no rank");
        if (named is not null)
            return LayerChoice.Of(architecture, named);
        var first = architecture.Nodes.OfType<Conv2d>().FirstOrDefault();
        return Hidden<Weighted>(architecture, layer => layer != first);
    }

    private static List<Weighted> Hidden<T>(Architecture architecture, Func<Weighted, bool>? suits = null)
        where T : Weighted
    {
        var layers = architecture.Nodes.OfType<Weighted>().SkipLast(1).Where(layer => layer is T && suits?.Invoke(layer) is not false).ToList();
        return layers.Count > 0 ? layers : throw new StepFailure(FailureCodes.Error, "the network has no hidden layers for the regularizer; name some with layers:");
    }
}
