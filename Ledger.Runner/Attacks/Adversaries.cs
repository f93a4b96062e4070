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
    /// <exception cref="ArgumentOutOfRangeException">The adversary is no gradient attack (fgsm or pgd).</exception>
    public static (Tensor Pixels, long GradientEvaluations) Perturb(
        Network net, Tensor pixels, Tensor labels, long[] exampleIndices, Adversary adversary, ulong seed, long draw)
    {
        using var frozen = new FrozenNetwork(net);
        using var network = new AttackedNetwork(net.Forward, adversary.Threat, net.Architecture);
        var attack = new GradientAttack(adversary.Attack, adversary.Threat.Eps);
        ExampleNoise[] noise = [.. exampleIndices.Select(index => new ExampleNoise(seed, (uint)draw, (uint)index, 0))];
        return (attack.Last(network, pixels, labels, noise), exampleIndices.LongLength * attack.Steps);
    }
}

/// <summary>
/// A network while it is attacked: in evaluation mode, and its parameters ask for no gradients, so that a backward pass computes those by
/// the pixels only. Disposal gives it its mode and its gradients back.
/// </summary>
public sealed class FrozenNetwork : IDisposable
{
    private readonly Network _network;
    private readonly bool _training;

    public FrozenNetwork(Network network)
    {
        (_network, _training) = (network, network.Training);
        network.Training = false;
        Ask(false);
    }

    public void Dispose()
    {
        Ask(true);
        _network.Training = _training;
    }

    private void Ask(bool gradients)
    {
        foreach (var parameter in _network.Parameters)
            parameter.requires_grad = gradients;
    }
}
