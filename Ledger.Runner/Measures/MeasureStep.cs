using System.Diagnostics;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Measures;

/// <summary>The measure step: figures about one network, under the names the results tables have for them.</summary>
public static class MeasureStep
{
    /// <exception cref="StepFailure">An unknown metric, or one that lacks what it needs or does not fit the network.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static (MeasurementCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Run(StepTask task, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        using var subject = new Subject(task, stop);
        var clean = subject.Spec.Metrics.Contains("accuracy") ? Clean(subject) : null;
        List<MetricValue> metrics = [.. subject.Spec.Metrics.SelectMany(name => name == "accuracy" ? clean!.Metrics : Of(name, subject))];
        var examples = clean?.ExamplesDigest ?? (subject.Spec.Data is null ? null : subject.Examples.Digest().ToString());
        var completion = new MeasurementCompleted(
            task.Step, metrics, clean?.Outcomes, examples, Stopwatch.GetElapsedTime(began).TotalSeconds, subject.Series());
        return (completion, []);
    }

    /// <summary>Every metric but accuracy, which leaves outcomes as well.</summary>
    private static IEnumerable<MetricValue> Of(string name, Subject subject) => name switch
    {
        "parameters" => [Figure.Count("parameters", Cost.Parameters(subject.Model.Architecture)), Figure.Count("nonzero_parameters", subject.Model.NonzeroParameters())],
        "bytes" =>
        [
            Figure.Bytes("size_bytes", Cost.DeploymentBytes(subject.Model.Architecture)), Figure.Bytes("dense_bytes", Cost.DenseBytes(subject.Model.Architecture)),
            Figure.Bits("bits_weights", Cost.WeightBits(subject.Model.Architecture)), Figure.Bits("bits_activations", Cost.ActivationBits(subject.Model.Architecture)),
        ],
        "macs" => [Figure.Count("macs", Cost.Macs(subject.Model.Architecture)), Figure.Count("effective_macs", Cost.EffectiveMacs(subject.Model.Architecture, subject.Model.NonzeroWeights()))],
        "sparsity" => [Figure.Fraction("sparsity", MagnitudePruner.Sparsity(subject.Model))],
        "latency" => Latency.Of(subject.Network, subject.Task.Threads, subject.Stop),
        "corruptions" => CorruptionAccuracy.Of(subject.Network, subject.Examples, subject.Stop),
        "onnx" => OnnxRuntimeMeasures.Of(subject),
        "operator-norms" => LayerMeasures.OperatorNorms(subject),
        "spectrum" => LayerMeasures.Spectrum(subject),
        "stable-rank" => LayerMeasures.StableRank(subject),
        "condition-number" => LayerMeasures.ConditionNumber(subject),
        "compressibility" => LayerMeasures.Compressibility(subject, Settings(subject).Compressibility!),
        "sparsity-indices" => LayerMeasures.SparsityIndexes(subject, Settings(subject).SparsityIndices!),
        "lipschitz-bound" => LipschitzBound.Measure(subject, Settings(subject).LipschitzBound!),
        "local-lipschitz" => LocalLipschitz.Measure(subject, Settings(subject).LocalLipschitz!),
        "agreement" => Agreement.Measure(subject),
        "loss-gap" => PerturbationMeasures.LossGap(subject),
        "representation-shift" => PerturbationMeasures.RepresentationShift(subject),
        "singular-alignment" => PerturbationMeasures.SingularAlignment(subject),
        _ => throw new StepFailure(FailureCodes.Error, $"no metric '{name}'; expected one of {string.Join(", ", MeasureSpec.Names)}"),
    };

    private static MetricSettings Settings(Subject subject) =>
        subject.Spec.Settings ?? throw new StepFailure(FailureCodes.Error, $"no settings for {string.Join(", ", subject.Spec.Metrics)}");

    /// <summary>Clean accuracy with its Wilson interval at 95 %.</summary>
    public static IReadOnlyList<MetricValue> CleanAccuracy(int correct, int examples)
    {
        var interval = Accuracy.Wilson95(correct, examples);
        return
        [
            Figure.Fraction("clean_accuracy", (double)correct / examples), Figure.Fraction("clean_low", interval.Low), Figure.Fraction("clean_high", interval.High),
            Figure.Count("examples", examples),
        ];
    }

    private static CleanEvaluation Clean(Subject subject)
    {
        var data = subject.Examples;
        var outcomes = AttackEvaluation.Clean(subject.Network.Forward, data, subject.Stop);
        return new CleanEvaluation(
            CleanAccuracy(outcomes.Count(outcome => outcome.Correct), data.Count), EvaluatedExamples.Store(subject.Store, outcomes), data.Digest().ToString());
    }

    private sealed record CleanEvaluation(IReadOnlyList<MetricValue> Metrics, Domain.Models.ArtifactRef Outcomes, string ExamplesDigest);
}
