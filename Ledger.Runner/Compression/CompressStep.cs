using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Compression;

/// <summary>The compress step: a smaller network made out of another one.</summary>
public static class CompressStep
{
    /// <param name="epoch">Called at the end of each epoch of a compression that trains; may wait.</param>
    /// <exception cref="StepFailure">The network cannot be compressed in this way; the message says why.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static (CompressionCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Run(
        StepTask task, Action<EpochCompleted> epoch, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var spec = (CompressSpec)task.Spec;
        var store = new ArtifactStore(task.Artifacts);
        var parent = Load(store, task.Models["model"]);
        RefuseQuantized(parent);
        var training = spec.Training is { } recipe ? new CompressionTraining(task, recipe, epoch, stop) : null;
        var result = spec.Compression switch
        {
            MagnitudePruning magnitude => Magnitude(parent, magnitude, training),
            PatternPruning pattern => Sparse(parent, PatternPruner.Prune(parent, pattern), "n-m", 1 - ((double)pattern.N / pattern.M), pattern.Except),
            LearnedScores scores => Sparse(parent, Scores(parent, scores, training!), "learned-scores", scores.Ratio.Value, scores.Except),
            FilterPruning filters => Filters(parent, filters),
            TruncatedRank low => Truncate(parent, low),
            PostTrainingQuantization ptq => new Compressed(NetworkQuantizer.Quantize(parent, ptq, task, stop), "ptq", ptq.Bits, ptq.Bits),
            QuantizationAware qat => new Compressed(NetworkQuantizer.Prepare(parent, qat, task, stop), "qat", qat.Bits, qat.Bits),
            _ => throw new NotSupportedException($"no compression for {spec.Compression}"),
        };
        var saved = ModelFiles.Save(store, result.Model.Architecture, [.. result.Model.Tensors.Values]);
        var completion = new CompressionCompleted(
            task.Step, saved, result.Method, result.Requested, result.Achieved, Cost.Parameters(result.Model.Architecture),
            result.Model.NonzeroParameters(), result.ForwardDifference, Stopwatch.GetElapsedTime(began).TotalSeconds + (training?.SecondsBefore ?? 0),
            CompressedLayers.Of(parent, result.Model), training?.GradientEvaluations);
        return (completion, training?.Flags ?? []);
    }

    public static ModelState Load(ArtifactStore store, ModelRef model) => ModelState.Of(
        ModelFiles.LoadArchitecture(store, model), SafeTensors.Read(store.ReadAll(ContentHash.Parse(model.Weights.Digest))).Tensors);

    private static Compressed Magnitude(ModelState parent, MagnitudePruning spec, CompressionTraining? training)
    {
        var pruned = spec.Rounds is { } rounds
            ? MagnitudePruner.PruneInRounds(parent, spec, rounds, (round, model) => training!.Fitted(model, round - 1))
            : MagnitudePruner.Prune(parent, spec);
        return Sparse(parent, pruned, "magnitude", spec.Ratio.Value, spec.Except);
    }

    private static ModelState Scores(ModelState parent, LearnedScores spec, CompressionTraining training) =>
        ScoreLearner.Prune(parent, spec, (network, fitted, state) => training.Fit(network, number: 0, fitted, state));

    private static Compressed Sparse(ModelState parent, ModelState pruned, string method, double requested, IReadOnlyList<string>? except) =>
        new(pruned, method, requested, MagnitudePruner.Sparsity(pruned, PrunedLayers.Of(parent.Architecture, except)));

    private static Compressed Filters(ModelState parent, FilterPruning spec)
    {
        var (method, unit) = spec.Units == PrunedUnits.Neurons ? ("neuron", "hidden linear layer whose rows") : ("filter", "convolution whose filters");
        var removals = FilterPruner.Choose(parent, spec);
        if (removals.Count == 0)
            throw new StepFailure(FailureCodes.Error, $"the network has no {unit} could be removed");
        var achieved = (double)removals.Sum(removal => removal.Channels.Count) / removals.Sum(removal => removal.Group.Channels);
        var masked = FilterPruner.Mask(parent, removals);
        if (!spec.Remove)
            return new Compressed(masked, method, spec.Ratio.Value, achieved);
        var removed = FilterPruner.Remove(parent, removals);
        return new Compressed(removed, method, spec.Ratio.Value, achieved, ForwardDifference.RefuseLarge(masked, removed));
    }

    private static Compressed Truncate(ModelState parent, TruncatedRank spec)
    {
        var (model, layers) = LowRankFactors.Truncate(parent, spec);
        return spec.Rank switch
        {
            FixedRank rank => new Compressed(model, "svd", rank.Rank, layers.Max(layer => layer.Rank)),
            EnergyKept energy => new Compressed(model, "svd", energy.Energy.Value, layers.Min(layer => layer.Kept)),
            TailAtMost tail => new Compressed(model, "svd", tail.Epsilon.Value, layers.Max(layer => layer.Tail)),
            _ => throw new NotSupportedException($"no rank by {spec.Rank}"),
        };
    }

    private static void RefuseQuantized(ModelState parent)
    {
        if (parent.Architecture.Nodes.FirstOrDefault(node => node is FakeQuantize or Weighted { Quantized: not null }) is { } node)
            throw new StepFailure(FailureCodes.Error, $"the network is quantized already (node '{node.Id}'); compress the float network it came from");
    }

    private sealed record Compressed(ModelState Model, string Method, double Requested, double Achieved, double? ForwardDifference = null);
}
