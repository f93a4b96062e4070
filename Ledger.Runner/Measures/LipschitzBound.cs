using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Runner.Measures;

/// <summary>
/// Upper bounds of how fast each node's value can change with the input, in the threat's norm and space: the product of operator norms along
/// the graph (Barsbey et al., with the normalisation as a layer of its own, 1/std). Branches that are added have the sum of their
/// bounds, which makes a residual block ‖F‖ + ‖shortcut‖.
/// </summary>
internal sealed class LipschitzBound(Subject subject, Threat threat)
{
    private readonly Dictionary<string, double> _bounds = new(StringComparer.Ordinal) { [Architecture.Pixels] = 1 };

    public static IEnumerable<MetricValue> Measure(Subject subject, LipschitzBoundSettings settings)
    {
        var threat = subject.Threat;
        var head = Head(subject);
        // What an attack adds to a pixel is rounded to float32, as ε is.
        var loss = threat.Eps.Float * LossBounds.HeadFactor(head.Matrix, threat.Norm);
        if (settings.Variants.Contains("product"))
        {
            var product = new LipschitzBound(subject, threat).Of(head.First.Inputs[0]);
            yield return Figure.Ratio("lipschitz_product", product);
            yield return Figure.Nats("loss_gap_bound", loss * product);
        }

        foreach (var variant in settings.Variants.Where(variant => variant != "product"))
        {
            var (suffix, aligned, pairs) = AlignedBound.Of(subject, threat, head, settings, estimate: variant == "aligned-estimate");
            foreach (var pair in pairs)
                yield return pair;
            yield return Figure.Ratio($"lipschitz_aligned{suffix}", aligned);
            yield return Figure.Nats($"loss_gap_bound_aligned{suffix}", loss * aligned);
        }
    }

    /// <summary>The linear map that gives the logits.</summary>
    public static LayerMatrix Head(Subject subject)
    {
        var last = subject.Layers.Applied[^1];
        return last.IsLinear && subject.Model.Architecture.Nodes[^1] == subject.Model.Architecture.Nodes.First(node => node.Id == last.Last.Id)
            ? last
            : throw new StepFailure(FailureCodes.Error, $"a network that ends in '{subject.Model.Architecture.Nodes[^1].Id}'; expected its logits from a linear layer");
    }

    /// <summary>The bound at a node; infinite behind rounded activations, which no constant bounds.</summary>
    public double Of(string id)
    {
        if (_bounds.TryGetValue(id, out var known))
            return known;
        return _bounds[id] = Of(subject.Floats.Architecture.Nodes.First(node => node.Id == id));
    }

    private double Of(Node node) => node switch
    {
        Weighted weighted when LayerEndingIn(weighted.Id) is { } layer => Of(layer.First.Inputs[0]) * Norm(layer),
        BatchNorm2d norm => BatchNorm(norm),
        Add => node.Inputs.Sum(Of),
        _ => Of(node.Inputs[0]) * Factor(node),
    };

    private double Factor(Node node) => node switch
    {
        Normalize { Inputs: [Architecture.Pixels] } when threat.Space == Space.Normalized => 1,
        Normalize normalize => 1 / normalize.Std.Min(),
        Relu or Flatten => 1,
        MaxPool2d pool => threat.Norm == Domain.Experiments.Norm.Linf ? 1 : (pool.Kernel + pool.Stride - 1) / pool.Stride,
        GlobalAveragePool => threat.Norm == Domain.Experiments.Norm.Linf ? 1 : 1 / Math.Sqrt(subject.Shape(node.Inputs[0])[1] * subject.Shape(node.Inputs[0])[2]),
        FakeQuantize => double.PositiveInfinity,
        _ => throw new StepFailure(FailureCodes.Error, $"no Lipschitz bound is known for the node '{node.Id}', {node.GetType().Name}"),
    };

    /// <summary>Operator norm of one layer; of a convolution in L2, the bound of <see cref="ConvolutionNorms"/>.</summary>
    public double Norm(LayerMatrix layer) => threat.Norm == Domain.Experiments.Norm.Linf
        ? layer.Matrix.InfinityNorm()
        : ConvolutionNorms.Bound(layer, subject.Spectrum(layer).Largest);

    /// <summary>Together with a convolution that it alone reads, as one matrix with scaled rows.</summary>
    private double BatchNorm(BatchNorm2d norm)
    {
        double[] scales = BatchNormScales.Of(subject.Floats, norm);
        var alone = subject.Floats.Architecture.Nodes.Count(node => node.Inputs.Contains(norm.Inputs[0])) == 1;
        if (!alone || LayerEndingIn(norm.Inputs[0]) is not { } layer)
            return Of(norm.Inputs[0]) * scales.Max();
        var scaled = layer.Matrix.ScaleRows(scales);
        var factor = threat.Norm == Domain.Experiments.Norm.Linf ? scaled.InfinityNorm() : ConvolutionNorms.Bound(layer, Decompositions.SpectralNorm(scaled));
        return Of(layer.First.Inputs[0]) * factor;
    }

    private LayerMatrix? LayerEndingIn(string id) => subject.Layers.Applied.FirstOrDefault(layer => layer.Last.Id == id);
}
