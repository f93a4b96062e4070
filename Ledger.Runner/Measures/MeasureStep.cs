using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Measures;

/// <summary>The measure step: figures about one network, under the names the results tables have for them.</summary>
public static class MeasureStep
{
    /// <exception cref="StepFailure">An unknown metric, or accuracy without fitting examples.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static (MeasurementCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Run(StepTask task, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var spec = (MeasureSpec)task.Spec;
        var store = new ArtifactStore(task.Artifacts);
        var model = CompressStep.Load(store, task.Models["model"]);
        using var network = ModelFiles.Load(store, task.Models["model"]);
        var clean = spec.Metrics.Contains("accuracy") ? Clean(task, spec, network, store, stop) : null;
        var metrics = spec.Metrics.SelectMany(name => name switch
        {
            "accuracy" => clean!.Metrics,
            "corruptions" => CorruptionAccuracy.Of(network, Data(task, spec, network), stop),
            "latency" => Latency.Of(network, task.Threads, stop),
            _ => Static(name, model),
        });
        var completion = new MeasurementCompleted(
            task.Step, [.. metrics], clean?.Outcomes, clean?.ExamplesDigest, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return (completion, []);
    }

    /// <summary>Metrics that need no forward pass.</summary>
    public static IReadOnlyList<MetricValue> Static(string name, ModelState model) => name switch
    {
        "parameters" => [Count("parameters", Cost.Parameters(model.Architecture)), Count("nonzero_parameters", model.NonzeroParameters())],
        "bytes" => [Bytes("size_bytes", Cost.DeploymentBytes(model.Architecture)), Bytes("dense_bytes", Cost.DenseBytes(model.Architecture))],
        "macs" => [Count("macs", Cost.Macs(model.Architecture)), Count("effective_macs", Cost.EffectiveMacs(model.Architecture, model.NonzeroWeights()))],
        "sparsity" => [Fraction("sparsity", MagnitudePruner.Sparsity(model))],
        _ => throw new StepFailure(FailureCodes.Error, $"no metric '{name}'; expected one of {string.Join(", ", MeasureSpec.Names)}"),
    };

    /// <summary>Clean accuracy with its Wilson interval at 95 %.</summary>
    public static IReadOnlyList<MetricValue> CleanAccuracy(int correct, int examples)
    {
        var interval = Accuracy.Wilson95(correct, examples);
        return
        [
            Fraction("clean_accuracy", (double)correct / examples), Fraction("clean_low", interval.Low), Fraction("clean_high", interval.High),
            Count("examples", examples),
        ];
    }

    private static CleanEvaluation Clean(StepTask task, MeasureSpec spec, Network network, ArtifactStore store, CancellationToken stop)
    {
        var data = Data(task, spec, network);
        var outcomes = AttackEvaluation.Clean(network.Forward, data, stop);
        return new CleanEvaluation(
            CleanAccuracy(outcomes.Count(outcome => outcome.Correct), data.Count), EvaluatedExamples.Store(store, outcomes), data.Digest().ToString());
    }

    private static Examples Data(StepTask task, MeasureSpec spec, Network network)
    {
        if (spec.Data is not { } selection)
            throw new StepFailure(FailureCodes.Error, $"{string.Join(", ", spec.Metrics)} need examples, but the step names no data");
        var data = Examples.Read(task.Sources[selection.Source], selection);
        EvaluatedExamples.RefuseMismatch(network.Architecture, data);
        return data;
    }

    private static MetricValue Count(string name, long value) => new(name, value, "count", MetricClass.Computed);

    private static MetricValue Bytes(string name, long value) => new(name, value, "bytes", MetricClass.Computed);

    private static MetricValue Fraction(string name, double value) => new(name, value, "fraction", MetricClass.Computed);

    private sealed record CleanEvaluation(IReadOnlyList<MetricValue> Metrics, ArtifactRef Outcomes, string ExamplesDigest);
}
