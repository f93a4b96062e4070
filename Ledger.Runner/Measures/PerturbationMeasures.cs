using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>What the perturbations that an attack kept do to the network: the strongest it found, not the first to break an example.</summary>
internal static class PerturbationMeasures
{
    /// <summary>
    /// Mean adversarial loss less mean clean loss over all examples, those that were wrong already too, and the largest difference of one
    /// example, evaluated anew. A walk finds no maximum: the gap within the threat is at least this. Attacks that seek the closest point, and
    /// universal ones, leave wrong examples alone, which then add 0.
    /// </summary>
    public static IEnumerable<MetricValue> LossGap(Subject subject)
    {
        var gaps = new List<double>();
        var (clean, adversarial) = (0d, 0d);
        foreach (var (images, perturbed, at, count) in subject.Perturbed.Batches(subject.Stop))
        {
            using var off = no_grad();
            long[] labels = [.. subject.Examples.Labels[at..(at + count)].Select(label => (long)label)];
            var before = AttackEvaluation.Read(subject.Network.Forward(images), labels);
            var after = AttackEvaluation.Read(subject.Network.Forward(perturbed), labels);
            gaps.AddRange(after.Zip(before, (a, b) => a.Loss - b.Loss));
            clean += before.Sum(reading => reading.Loss);
            adversarial += after.Sum(reading => reading.Loss);
        }

        yield return Figure.Nats("clean_loss", clean / gaps.Count);
        yield return Figure.Nats("adversarial_loss", adversarial / gaps.Count);
        yield return Figure.Nats("loss_gap", gaps.Average());
        yield return Figure.Nats("loss_gap_max", Figure.Largest(gaps));
    }

    /// <summary>
    /// ‖z_adv − z‖₂ / ‖z‖₂ with z what goes into the last linear layer: mean over the examples that are perturbed at all and have z ≠ 0.
    /// </summary>
    public static IEnumerable<MetricValue> RepresentationShift(Subject subject)
    {
        var penultimate = LipschitzBound.Head(subject).First.Inputs[0];
        var shifts = new List<double>();
        foreach (var (images, perturbed, _, count) in subject.Perturbed.Batches(subject.Stop))
        {
            using var off = no_grad();
            var before = subject.Network.Value(images, penultimate).flatten(1).to(ScalarType.Float64);
            var after = subject.Network.Value(perturbed, penultimate).flatten(1).to(ScalarType.Float64);
            double[] moved = Norms(after - before), length = Norms(before), changed = Norms((perturbed - images).flatten(1).to(ScalarType.Float64));
            shifts.AddRange(Enumerable.Range(0, count).Where(row => changed[row] > 0 && length[row] > 0).Select(row => moved[row] / length[row]));
        }

        yield return Figure.Ratio("representation_shift", shifts.Count == 0 ? double.NaN : shifts.Average());
        yield return Figure.Count("perturbed_examples", shifts.Count);
    }

    /// <summary>
    /// |v_iᵀa| / ‖a‖ of the perturbations a, in the first layer's own inputs (pixels / std), with the right singular vectors v_i of its weight:
    /// the mean over perturbed examples for v₁, and for all others up to the numerical rank together; each by itself as a series.
    /// </summary>
    public static IEnumerable<MetricValue> SingularAlignment(Subject subject)
    {
        var first = FirstLayer(subject);
        var std = subject.Model.Architecture.Nodes.OfType<Normalize>().FirstOrDefault()?.Std ?? [.. Enumerable.Repeat(1d, subject.Examples.Shape[0])];
        var spectrum = subject.Spectrum(first);
        using var scope = NewDisposeScope();
        var vectors = Decompositions.RightVectors(first.Matrix, Math.Max(1, spectrum.NumericalRank));
        using var scale = tensor(std, [1, std.Length, 1, 1]);
        double[] sums = new double[vectors.shape[0]];
        var perturbed = 0;
        foreach (var (images, moved, _, count) in subject.Perturbed.Batches(subject.Stop))
        {
            var steps = ((moved.to(ScalarType.Float64) - images.to(ScalarType.Float64)) / scale).flatten(1)[TensorIndex.Slice(0, count)];
            var lengths = steps.norm(1, keepdim: true);
            var some = lengths.gt(Torch.Numbers.Zero).squeeze(1);
            perturbed += (int)some.sum().item<long>();
            var cosines = (steps[some].matmul(vectors.T) / lengths[some]).abs().sum([0]).data<double>().ToArray();
            for (var i = 0; i < sums.Length; i++)
                sums[i] += cosines[i];
        }

        double[] means = Array.ConvertAll(sums, sum => sum / perturbed);
        if (perturbed > 0)
            subject.Keep("singular_alignment", means);
        yield return Figure.Fraction("alignment_top1", means[0]);
        yield return Figure.Fraction("alignment_rest_mean", means.Length > 1 ? means.Skip(1).Average() : double.NaN);
    }

    /// <summary>The layer that reads the (normalised, flattened) pixels; its weight must be a matrix on the whole image.</summary>
    private static LayerMatrix FirstLayer(Subject subject)
    {
        var first = subject.Layers.Applied[0];
        return first.IsLinear && subject.Model.Architecture.Nodes.TakeWhile(node => node.Id != first.First.Id).All(node => node is Normalize or Flatten)
            ? first
            : throw new StepFailure(FailureCodes.Error, $"singular-alignment needs a network whose first layer is linear in the whole image; '{first.First.Id}' is not");
    }

    private static double[] Norms(Tensor rows) => rows.norm(1).data<double>().ToArray();
}
