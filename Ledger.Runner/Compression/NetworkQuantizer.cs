using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>Quantizes a whole network: batch norm folded, then weights, then activations by the ranges of the folded float network.</summary>
internal static class NetworkQuantizer
{
    public static ModelState Quantize(ModelState parent, PostTrainingQuantization spec, StepTask task, CancellationToken stop)
    {
        var folded = BatchNormFolding.Fold(parent);
        var quantized = WeightQuantizer.Quantize(folded, spec.Bits, spec.Weights);
        return spec.Activations is { } bits
            ? quantized with { Architecture = ActivationQuantizer.Insert(quantized.Architecture, Ranges(folded, spec.Scheme, spec.Rule, spec.Calibration, bits, task, stop), bits) }
            : quantized;
    }

    /// <summary>A network that still has float weights and is trained as if quantized.</summary>
    public static ModelState Prepare(ModelState parent, QuantizationAware spec, StepTask task, CancellationToken stop)
    {
        var folded = BatchNormFolding.Fold(parent);
        var latent = WeightQuantizer.Prepare(folded, spec.Bits, spec.Weights);
        if (spec.Activations is not { } bits)
            return latent;
        var ranges = Ranges(folded, spec.Scheme, spec.Rule, spec.Calibration, bits, task, stop);
        var prepared = latent with { Architecture = ActivationQuantizer.Insert(latent.Architecture, ranges, bits, (spec.Gradient, spec.Ema)) };
        return spec.Ema is null ? prepared : prepared.With(Moving(ranges));
    }

    private static IEnumerable<Domain.Artifacts.NamedTensor> Moving(IReadOnlyDictionary<QuantizationPoint, ActivationRange> ranges) =>
        ranges.Select(range => ModelState.Floats($"{ActivationQuantizer.Id(range.Key)}.range", [2], [range.Value.Low, range.Value.High]));

    private static IReadOnlyDictionary<QuantizationPoint, ActivationRange> Ranges(
        ModelState folded, ActivationScheme? scheme, RangeRule? rule, ExamplesSpec calibration, int bits, StepTask task, CancellationToken stop)
    {
        var data = Examples.Read(task.Sources[calibration.Source], calibration);
        EvaluatedExamples.RefuseMismatch(folded.Architecture, data);
        using var network = Network.Load(folded.Architecture, [.. folded.Tensors.Values]);
        return Calibration.Ranges(network, QuantizationPoints.Of(folded.Architecture, scheme ?? ActivationScheme.Affine), () => Batches(data, stop), rule, bits);
    }

    private static IEnumerable<Tensor> Batches(Examples data, CancellationToken stop)
    {
        using var examples = new ExampleTensors(data);
        for (var at = 0; at < data.Count; at += AttackEvaluation.BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            yield return examples.Rows(at, Math.Min(data.Count, at + AttackEvaluation.BatchSize)).Pixels;
        }
    }
}
