using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Moosavi-Dezfooli et al., "Universal adversarial perturbations" (CVPR 2017), after the authors' code, image by image: steps are the
/// shortest in L2 whatever the threat, and the sum is projected onto the threat's ball. Their projection onto the Euclidean ball, which also stretches shorter perturbations to its surface, is here the projection the paper has.
/// </summary>
public static class DeepFoolUniversal
{
    /// <param name="pixels">[n, channels, height, width], float32 in [0, 1]: the images fitted to.</param>
    /// <param name="order">Draws the order of the images, anew in each pass.</param>
    /// <exception cref="OperationCanceledException"/>
    public static UniversalPerturbation Fit(AttackedNetwork network, Tensor pixels, UniversalDeepFool spec, Generator order, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var fit = new Fitting(network, spec, stop);
        var sum = zeros_like(pixels[TensorIndex.Slice(0, 1)]);
        var clean = fit.Predictions(pixels, sum);
        var (pass, rate) = (0, 0d);
        while (pass < spec.Passes && !(rate >= 1 - spec.Delta))
        {
            var rows = randperm(pixels.shape[0], dtype: ScalarType.Int64, generator: order);
            foreach (var row in rows.data<long>().ToArray())
                sum = fit.Improve(pixels.narrow(0, row, 1), clean[row], sum);
            rate = clean.Zip(fit.Predictions(pixels, sum)).Count(pair => pair.First != pair.Second) / (double)clean.Length;
            pass++;
        }
        return new UniversalPerturbation(sum.MoveToOuterDisposeScope(), pass, rate, fit.Gradients, fit.Forwards);
    }

    private sealed class Fitting(AttackedNetwork network, UniversalDeepFool spec, CancellationToken stop)
    {
        public long Gradients { get; private set; }

        public long Forwards { get; private set; }

        public int[] Predictions(Tensor pixels, Tensor perturbation)
        {
            stop.ThrowIfCancellationRequested();
            Forwards += pixels.shape[0];
            return UniversalPerturbation.Predictions(network, pixels, perturbation);
        }

        /// <summary>The perturbation, with DeepFool's step for this image added if it is not fooled yet and soon can be.</summary>
        public Tensor Improve(Tensor image, int clean, Tensor perturbation)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var point = network.Space.Apply(image, perturbation);
            if (AttackEvaluation.Read(Logits(point, [true]), [0L])[0].Prediction != clean)
                return perturbation;
            var walk = new DeepFoolWalk(network, new DeepFool(spec.Steps, spec.Overshoot, spec.Classes), new Passes(Logits, Differences), new L2Ball(network.Ball.Radius));
            var found = walk.Walk(point, [true]);
            return found.Changed[0] && found.Steps[0] < spec.Steps - 1
                ? network.Ball.Project(perturbation.add(found.Perturbation, Numbers.One)).MoveToOuterDisposeScope()
                : perturbation;
        }

        private Tensor Logits(Tensor points, IReadOnlyList<bool> rows)
        {
            Forwards += rows.Count(sought => sought);
            return network.Logits(points);
        }

        private LogitDifferences Differences(Tensor points, Tensor own, Tensor others, IReadOnlyList<bool> rows)
        {
            Gradients += rows.Count(sought => sought) * others.shape[1];
            return LogitDifferences.Of(network.Forward, points, own, others);
        }
    }
}
