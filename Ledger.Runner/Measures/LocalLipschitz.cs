using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Steps;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// How fast the margin z_label − max other changes near examples: the norm of its gradient that is dual to the threat's (L1 for L∞, L2 for L2),
/// in the threat's space; at each example, and the largest at points drawn around it as an attack draws its random starts. The last
/// is the sample maximum of CLEVER (Weng et al. 2018) without its extreme-value fit: from below, and not CLEVER. Rounded
/// activations have straight-through gradients.
/// </summary>
internal static class LocalLipschitz
{
    public static IEnumerable<MetricValue> Measure(Subject subject, LocalLipschitzSettings settings)
    {
        var threat = subject.Threat;
        using var space = PixelSpace.Of(threat, subject.Network.Architecture);
        var ball = NormBall.Of(threat);
        var (data, seed) = (subject.Examples, subject.Task.Seeds[SeedPurposes.Attack]);
        var (here, around) = (new List<double>(), new List<double>());
        using var all = EvaluatedExamples.Pixels(data);
        for (var at = 0; at < data.Count; at += AttackEvaluation.BatchSize)
        {
            using var scope = NewDisposeScope();
            var to = Math.Min(data.Count, at + AttackEvaluation.BatchSize);
            var pixels = AttackEvaluation.Padded(all[TensorIndex.Slice(at, to)]);
            long[] labels = [.. data.Labels[at..to].Select(label => (long)label), .. Enumerable.Repeat(0L, AttackEvaluation.BatchSize - to + at)];
            double[] own = Slopes(subject, space, threat.Norm, pixels, labels), largest = [.. own];
            for (var sample = 0; sample < settings.Samples; sample++)
            {
                subject.Stop.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var point = space.Apply(pixels, space.Feasible(pixels, Drawn(ball, pixels, data.Indices[at..to], seed, sample)));
                double[] slopes = Slopes(subject, space, threat.Norm, point, labels);
                for (var row = 0; row < largest.Length; row++)
                    largest[row] = double.IsNaN(slopes[row]) ? double.NaN : Math.Max(largest[row], slopes[row]);
            }

            here.AddRange(own.Take(to - at));
            around.AddRange(largest.Take(to - at));
        }

        return
        [
            Figure.Ratio("local_lipschitz_mean", here.Average()), Figure.Ratio("local_lipschitz_median", Quantile.Median(here)),
            Figure.Ratio("local_lipschitz_max", Figure.Largest(here)),
            Figure.Ratio("local_lipschitz_sampled", around.Average()), Figure.Ratio("local_lipschitz_sampled_max", Figure.Largest(around)),
        ];
    }

    /// <summary>Dual norm of the margin's gradient at each of the points.</summary>
    internal static double[] Slopes(Subject subject, PixelSpace space, Norm norm, Tensor points, long[] labels)
    {
        using var scope = NewDisposeScope();
        var point = points.detach().requires_grad_(true);
        var logits = subject.Network.Forward(point);
        using var own = nn.functional.one_hot(tensor(labels), logits.shape[1]).to(ScalarType.Bool);
        using Scalar lowest = float.NegativeInfinity;
        var margin = logits.masked_select(own) - logits.masked_fill(own, lowest).amax([1]);
        var gradient = space.Pull(autograd.grad([margin.sum()], [point])[0]).flatten(1).to(ScalarType.Float64);
        return (norm == Norm.Linf ? gradient.abs().sum(1) : gradient.norm(1)).data<double>().ToArray();
    }

    private static Tensor Drawn(NormBall ball, Tensor pixels, int[] examples, ulong seed, int sample)
    {
        var size = (int)(pixels.numel() / pixels.shape[0]);
        float[] values = new float[pixels.numel()];
        for (var row = 0; row < examples.Length; row++)
            ball.Inside(new ExampleNoise(seed, 0, (uint)examples[row], (uint)sample), values.AsSpan(row * size, size));
        return tensor(values, pixels.shape);
    }
}
