using Ledger.Domain.Experiments;
using Ledger.Runner.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>Adversarial examples to train on.</summary>
public static class Adversaries
{
    /// <summary>
    /// The last point of one walk of all steps for the whole batch, as in Madry et al.'s adversarial training: no early stop, no
    /// restarts, and not the best point, so that what is trained on does not depend on whether it was misclassified on the way.
    /// The network is attacked in evaluation mode unless told otherwise, without gradients by its parameters, and gets its mode back.
    /// </summary>
    /// <param name="pixels">[n, channels, height, width], float32 in [0, 1].</param>
    /// <param name="exampleIndices">Index of each row in its data set; noise is drawn by it.</param>
    /// <param name="draw">Tells repeated perturbations of an example apart: the epoch.</param>
    /// <param name="mode">Null: evaluation mode.</param>
    /// <returns>Perturbed pixels, and the gradient evaluations spent (n · steps).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The adversary is no gradient attack (fgsm or pgd).</exception>
    public static (Tensor Pixels, long GradientEvaluations) Perturb(
        Network net, Tensor pixels, Tensor labels, long[] exampleIndices, Adversary adversary, ulong seed, long draw, AttackMode? mode = null)
    {
        using var frozen = new FrozenNetwork(net, mode);
        using var network = new AttackedNetwork(net.Forward, adversary.Threat, net.Architecture);
        var attack = new GradientAttack(adversary.Attack, adversary.Threat.Eps);
        ExampleNoise[] noise = [.. exampleIndices.Select(index => new ExampleNoise(seed, (uint)draw, (uint)index, 0))];
        return (attack.Last(network, pixels, labels, noise), exampleIndices.LongLength * attack.Steps);
    }
}

/// <summary>
/// A network while it is attacked: in evaluation mode unless told otherwise, and its parameters ask for no gradients, so that a backward
/// pass computes those by the pixels only. Disposal gives it its mode and its gradients back.
/// </summary>
public sealed class FrozenNetwork : IDisposable
{
    private readonly Network _network;
    private readonly bool _training;
    private readonly Parameter[] _trained;

    /// <param name="mode">Null: evaluation mode.</param>
    public FrozenNetwork(Network network, AttackMode? mode = null)
    {
        (_network, _training) = (network, network.Training);
        _trained = [.. network.Parameters.Where(parameter => parameter.requires_grad)];
        network.Training = mode is AttackMode.Train;
        Ask(false);
    }

    public void Dispose()
    {
        Ask(true);
        _network.Training = _training;
    }

    private void Ask(bool gradients)
    {
        foreach (var parameter in _trained)
            parameter.requires_grad = gradients;
    }
}
