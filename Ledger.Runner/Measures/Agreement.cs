using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// How alike the network and the one it came from decide on the same examples: share of equal predictions, mean and largest |Δ logit|. A
/// prediction from logits that are not finite agrees with none.
/// </summary>
internal static class Agreement
{
    public static IEnumerable<MetricValue> Measure(Subject subject)
    {
        var data = subject.Examples;
        if (subject.Parent.Architecture.Classes != subject.Network.Architecture.Classes)
            throw new StepFailure(FailureCodes.Error, $"the parent knows {subject.Parent.Architecture.Classes} classes, the network {subject.Network.Architecture.Classes}");
        EvaluatedExamples.RefuseMismatch(subject.Parent.Architecture, data);
        using var pixels = EvaluatedExamples.Pixels(data);
        var (equal, sum, largest) = (0, 0d, 0d);
        for (var at = 0; at < data.Count; at += AttackEvaluation.BatchSize)
        {
            subject.Stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var to = Math.Min(data.Count, at + AttackEvaluation.BatchSize);
            var images = AttackEvaluation.Padded(pixels[TensorIndex.Slice(at, to)]);
            long[] labels = [.. data.Labels[at..to].Select(label => (long)label)];
            var (ours, theirs) = (subject.Network.Forward(images), subject.Parent.Forward(images));
            equal += AttackEvaluation.Read(ours, labels).Zip(AttackEvaluation.Read(theirs, labels)).Count(pair => pair.First.Prediction == pair.Second.Prediction && pair.First.Prediction >= 0);
            var difference = (ours.to(ScalarType.Float64) - theirs.to(ScalarType.Float64)).abs()[TensorIndex.Slice(0, to - at)];
            sum += difference.sum().item<double>();
            var most = difference.max().item<double>();
            largest = double.IsNaN(most) ? most : Math.Max(largest, most);
        }

        return
        [
            Figure.Fraction("parent_agreement", (double)equal / data.Count),
            Figure.Ratio("parent_logit_difference", sum / ((double)data.Count * subject.Network.Architecture.Classes)),
            Figure.Ratio("parent_logit_difference_max", largest),
        ];
    }
}
