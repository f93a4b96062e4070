using Ledger.Domain.Runs;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>One perturbation for all images, and what fitting it came to.</summary>
/// <param name="Value">[1, channels, height, width], in the threat's units and within its ball; where the threat clips, images are clipped after it is added.</param>
/// <param name="Passes">Over the examples fitted to.</param>
/// <param name="FoolingRate">Fraction of the examples fitted to whose prediction it changes.</param>
/// <param name="GradientEvaluations">Forward-backward passes, summed over examples.</param>
/// <param name="ForwardEvaluations">Forward passes without gradient, likewise.</param>
public sealed record UniversalPerturbation(Tensor Value, int Passes, double FoolingRate, long GradientEvaluations, long ForwardEvaluations)
{
    /// <summary>The class each image is taken for with the perturbation added; −1 where a logit is not finite.</summary>
    /// <param name="pixels">[n, channels, height, width], float32 in [0, 1].</param>
    public static int[] Predictions(AttackedNetwork network, Tensor pixels, Tensor value)
    {
        var predictions = new List<int>();
        foreach (var rows in Enumerable.Range(0, (int)pixels.shape[0]).Chunk(AttackEvaluation.BatchSize))
        {
            using var scope = NewDisposeScope();
            var images = AttackEvaluation.Padded(pixels[TensorIndex.Slice(rows[0], rows[^1] + 1)]);
            var logits = network.Logits(network.Space.Apply(images, value));
            predictions.AddRange(AttackEvaluation.Read(logits, [.. rows.Select(_ => 0L)]).Select(reading => reading.Prediction));
        }
        return [.. predictions];
    }
}

/// <summary>
/// Adds a perturbation that is given to every example. Besides the outcomes of those that are right without it, it says how accurate the
/// network is with it on all of them, by itself and relative to its accuracy without (Barsbey et al.), and how often the prediction changes (the fooling rate of Moosavi-Dezfooli et al. 2017).
/// </summary>
/// <param name="name">Recorded as what broke an example.</param>
public sealed class UniversalAttack(string name, UniversalPerturbation perturbation) : BatchAttack
{
    public override string Name => name;

    public Tensor Perturbation => perturbation.Value;

    public override Keeping Keeps => Keeping.Given;

    public override void Run(BatchUnderAttack batch, int round)
    {
        using var scope = NewDisposeScope();
        var points = batch.Network.Space.Apply(batch.Pixels, perturbation.Value);
        batch.See(points, batch.Logits(points), step: 0);
    }

    public override IEnumerable<MetricValue> Metrics(AttackFindings found, AttackedNetwork network)
    {
        using var scope = NewDisposeScope();
        var wrong = found.Examples.Index().Where(example => !example.Item.Clean.Correct).ToList();
        // Kept are the unperturbed images of examples that were not attacked.
        var images = found.Kept.index_select(0, tensor(wrong.Select(example => (long)example.Index).ToArray(), ScalarType.Int64));
        var predictions = wrong.Select(example => example.Item).Zip(UniversalPerturbation.Predictions(network, images, perturbation.Value)).ToList();
        var right = found.Correct - found.Broken + predictions.Count(pair => pair.Second == pair.First.Label);
        var changed = found.Broken + predictions.Count(pair => pair.Second != pair.First.Clean.Prediction);
        return
        [
            Fraction("universal_accuracy", (double)right / found.Examples.Count),
            new("universal_relative", found.Correct == 0 ? null : (double)right / found.Correct, "ratio", MetricClass.Computed),
            Fraction("fooling_rate", (double)changed / found.Examples.Count),
            Fraction("fit_fooling_rate", perturbation.FoolingRate), Count("fit_passes", perturbation.Passes),
            Count("fit_gradient_evaluations", perturbation.GradientEvaluations), Count("fit_forward_evaluations", perturbation.ForwardEvaluations),
        ];
    }

    private static MetricValue Fraction(string name, double value) => new(name, value, "fraction", MetricClass.Computed);

    private static MetricValue Count(string name, long value) => new(name, value, "count", MetricClass.Computed);
}
