using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// A universal perturbation by stochastic gradient ascent (Shafahi et al., AAAI 2020; the form of Co et al., "Universal adversarial
/// robustness of texture and shape-biased models", ICIP 2021): from zero, each batch raises the mean of min(cross-entropy, cap).
/// </summary>
public static class SgdUniversal
{
    /// <param name="pixels">[n, channels, height, width], float32 in [0, 1]: the images fitted to.</param>
    /// <param name="order">Draws the batches.</param>
    /// <exception cref="OperationCanceledException"/>
    public static UniversalPerturbation Fit(
        AttackedNetwork network, Tensor pixels, long[] labels, UniversalSgd spec, Generator order, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var all = tensor(labels);
        var perturbation = zeros_like(pixels[TensorIndex.Slice(0, 1)]);
        var clean = UniversalPerturbation.Predictions(network, pixels, perturbation);
        var length = spec.Step * network.Threat.Eps.Value;
        for (var epoch = 0; epoch < spec.Epochs; epoch++, length *= spec.Decay)
        {
            var rows = randperm(labels.Length, dtype: ScalarType.Int64, generator: order);
            for (var from = 0; from < labels.Length; from += spec.Batch)
            {
                stop.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var batch = rows.narrow(0, from, Math.Min(spec.Batch, labels.Length - from));
                var gradient = Gradient(network, pixels.index_select(0, batch), all.index_select(0, batch), perturbation, spec.Cap);
                using Scalar step = length;
                perturbation = network.Ball.Project(perturbation.add(network.Ball.Steepest(gradient) * step, Numbers.One)).MoveToOuterDisposeScope();
            }
        }
        var fooled = clean.Zip(UniversalPerturbation.Predictions(network, pixels, perturbation)).Count(pair => pair.First != pair.Second);
        return new UniversalPerturbation(
            perturbation.MoveToOuterDisposeScope(), spec.Epochs, fooled / (double)labels.Length, (long)spec.Epochs * labels.Length, 2L * labels.Length);
    }

    /// <summary>Of the batch's mean loss by the perturbation; what clipping takes away adds nothing. NaN, as from a network that overflows, counts as no gradient.</summary>
    private static Tensor Gradient(AttackedNetwork network, Tensor pixels, Tensor labels, Tensor perturbation, double cap)
    {
        using var scope = NewDisposeScope();
        using Scalar most = cap;
        var at = perturbation.detach().requires_grad_(true);
        var losses = nn.functional.cross_entropy(network.Forward(network.Space.Apply(pixels, at)), labels, reduction: nn.Reduction.None);
        var gradient = autograd.grad([losses.clamp_max(most).mean()], [at])[0];
        return nan_to_num(gradient, 0, 0, 0).MoveToOuterDisposeScope();
    }
}
