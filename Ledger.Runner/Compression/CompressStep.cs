using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>The compress step: a smaller network made out of another one.</summary>
public static class CompressStep
{
    /// <exception cref="StepFailure">The network cannot be compressed in this way; the message says why.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static (CompressionCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Run(StepTask task, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var spec = ((CompressSpec)task.Spec).Compression;
        var store = new ArtifactStore(task.Artifacts);
        var parent = Load(store, task.Models["model"]);
        RefuseQuantized(parent);
        var result = spec switch
        {
            MagnitudePruning magnitude => Magnitude(parent, magnitude),
            FilterPruning filters => Filters(parent, filters),
            PostTrainingQuantization quantization => Quantize(parent, quantization, task, stop),
            _ => throw new NotSupportedException($"no compression for {spec}"),
        };
        var saved = ModelFiles.Save(store, result.Model.Architecture, [.. result.Model.Tensors.Values]);
        var completion = new CompressionCompleted(
            task.Step, saved, result.Method, result.Requested, result.Achieved, Cost.Parameters(result.Model.Architecture),
            result.Model.NonzeroParameters(), result.ForwardDifference, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return (completion, []);
    }

    public static ModelState Load(ArtifactStore store, ModelRef model) => ModelState.Of(
        ModelFiles.LoadArchitecture(store, model), SafeTensors.Read(store.ReadAll(ContentHash.Parse(model.Weights.Digest))).Tensors);

    private static Compressed Magnitude(ModelState parent, MagnitudePruning spec)
    {
        var pruned = MagnitudePruner.Prune(parent, spec);
        return new Compressed(pruned, "magnitude", spec.Ratio.Value, MagnitudePruner.Sparsity(pruned), null);
    }

    private static Compressed Filters(ModelState parent, FilterPruning spec)
    {
        var removals = FilterPruner.Choose(parent, spec);
        if (removals.Count == 0)
            throw new StepFailure(FailureCodes.Error, "the network has no convolution whose filters could be removed");
        var achieved = (double)removals.Sum(removal => removal.Channels.Count) / removals.Sum(removal => removal.Group.Channels);
        var masked = FilterPruner.Mask(parent, removals);
        if (!spec.Remove)
            return new Compressed(masked, "filter", spec.Ratio.Value, achieved, null);
        var removed = FilterPruner.Remove(parent, removals);
        return new Compressed(removed, "filter", spec.Ratio.Value, achieved, ForwardDifference.RefuseLarge(masked, removed));
    }

    private static Compressed Quantize(ModelState parent, PostTrainingQuantization spec, StepTask task, CancellationToken stop)
    {
        var folded = BatchNormFolding.Fold(parent);
        var quantized = WeightQuantizer.Quantize(folded, spec.Bits, spec.Weights);
        if (spec.Activations is { } bits)
        {
            var data = Examples.Read(task.Sources[spec.Calibration.Source], spec.Calibration);
            EvaluatedExamples.RefuseMismatch(folded.Architecture, data);
            using var network = Network.Load(folded.Architecture, [.. folded.Tensors.Values]);
            var ranges = ActivationQuantizer.Ranges(network, Batches(data, stop));
            quantized = quantized with { Architecture = ActivationQuantizer.Insert(quantized.Architecture, ranges, bits) };
        }
        return new Compressed(quantized, "ptq", spec.Bits, spec.Bits, null);
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

    private static void RefuseQuantized(ModelState parent)
    {
        if (parent.Architecture.Nodes.FirstOrDefault(node => node is FakeQuantize or Weighted { Quantized: not null }) is { } node)
            throw new StepFailure(FailureCodes.Error, $"the network is quantized already (node '{node.Id}'); compress the float network it came from");
    }

    private sealed record Compressed(ModelState Model, string Method, double Requested, double Achieved, double? ForwardDifference);
}

/// <summary>Whether taking filters out is the same as making them zero.</summary>
internal static class ForwardDifference
{
    private const int Images = 32;
    private const double Allowed = 1e-5;

    /// <summary>Largest |Δ logit| on images of uniform noise, the same on every machine.</summary>
    /// <exception cref="StepFailure">It is above 1e-5 of the largest logit (of 1 for smaller logits): filters were taken out wrongly.</exception>
    public static double RefuseLarge(ModelState masked, ModelState removed)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var one = Network.Load(masked.Architecture, [.. masked.Tensors.Values]);
        using var two = Network.Load(removed.Architecture, [.. removed.Tensors.Values]);
        var images = Noise(masked.Architecture.Input);
        var logits = one.Forward(images);
        var difference = (two.Forward(images) - logits).abs().max().item<float>();
        var allowed = Allowed * Math.Max(1, logits.abs().max().item<float>());
        return difference <= allowed
            ? difference
            : throw new StepFailure(FailureCodes.Error, $"logits differ by {difference} after removing filters; expected at most {allowed} against the masked network");
    }

    private static Tensor Noise(int[] shape)
    {
        var size = shape.Aggregate(1, (product, side) => product * side);
        var values = new float[Images * size];
        for (var image = 0; image < Images; image++)
            new ExampleNoise(0, 0, (uint)image, 0).FillUniform(values.AsSpan(image * size, size));
        return tensor(values, [Images, .. shape.Select(side => (long)side)]).abs();
    }
}
