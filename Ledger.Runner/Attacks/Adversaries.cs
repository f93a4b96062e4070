using Ledger.Domain.Experiments;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>Adversarial examples to train on.</summary>
public static class Adversaries
{
    /// <summary>
    /// The last point of one walk of all steps for the whole batch, as in Madry et al.'s adversarial training: no early stop, no
    /// restarts, and not the best point, so that what is trained on does not depend on whether it was misclassified on the way.
    /// The network is attacked in evaluation mode, without gradients by its parameters, and gets its mode back.
    /// </summary>
    /// <param name="pixels">[n, channels, height, width], float32 in [0, 1].</param>
    /// <param name="exampleIndices">Index of each row in its data set; noise is drawn by it.</param>
    /// <param name="draw">Tells repeated perturbations of an example apart: the epoch.</param>
    /// <returns>Perturbed pixels, and the gradient evaluations spent (n · steps).</returns>
    public static (Tensor Pixels, long GradientEvaluations) Perturb(
        Network net, Tensor pixels, Tensor labels, long[] exampleIndices, Adversary adversary, ulong seed, long draw)
    {
        using var scope = NewDisposeScope();
        using var attack = new GradientAttack(adversary, net.Architecture);
        var training = net.Training;
        net.Training = false;
        try
        {
            var start = attack.Begin(pixels, exampleIndices, seed, draw, restart: 0);
            var perturbed = attack.Walk(net.Forward, pixels, labels, start, (_, _, _, _) => true);
            return (perturbed.detach().MoveToOuterDisposeScope(), exampleIndices.LongLength * attack.Steps);
        }
        finally
        {
            net.Training = training;
        }
    }
}
