using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>What the network is wanted to make small on a batch; its weights may be made from other parameters (<see cref="Reparametrization"/>).</summary>
public abstract class TrainingLoss : IDisposable
{
    /// <param name="attack">Seeds the noise of adversarial examples; 0 when none are made.</param>
    public static TrainingLoss Of(TrainSpec spec, ulong attack) => spec.Recipe.Loss switch
    {
        null => new CrossEntropyLoss(spec.Adversary, spec.Use ?? new AdversaryUse(), attack),
        Trades trades => new TradesLoss(trades, attack),
        _ => throw new NotSupportedException($"no loss for {spec.Recipe.Loss.GetType().Name}"),
    };

    /// <param name="epoch">From 0; tells the noise of one example in several epochs apart.</param>
    public abstract BatchLoss Of(Network network, Batch batch, int epoch);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <param name="Loss">Mean over the batch, with its graph.</param>
/// <param name="Logits">[n, classes], of the examples as they were trained on.</param>
/// <param name="GradientEvaluations">Forward-backward passes, summed over examples, the one of this loss included.</param>
public sealed record BatchLoss(Tensor Loss, Tensor Logits, long GradientEvaluations);

/// <summary>Cross-entropy on the examples, or on adversarial ones in place of some or all of them (Madry et al. 2018).</summary>
internal sealed class CrossEntropyLoss(Adversary? adversary, AdversaryUse use, ulong attack) : TrainingLoss
{
    public override BatchLoss Of(Network network, Batch batch, int epoch)
    {
        var (pixels, spent) = Seen(network, batch, epoch);
        var logits = network.Forward(pixels);
        return new BatchLoss(nn.functional.cross_entropy(logits, batch.Labels), logits, spent + batch.Indices.Length);
    }

    private (Tensor Pixels, long Spent) Seen(Network network, Batch batch, int epoch)
    {
        var all = batch.Indices.Length;
        var count = adversary is null || epoch < use.After ? 0 : use.Fraction is { } fraction ? Share.Of(fraction, all) : all;
        if (count == 0)
            return (batch.Pixels, 0);
        if (count == all)
            return Adversaries.Perturb(network, batch.Pixels, batch.Labels, batch.Indices, adversary!, attack, epoch, use.Mode);
        var (perturbed, spent) = Adversaries.Perturb(
            network, batch.Pixels.narrow(0, 0, count), batch.Labels.narrow(0, 0, count), batch.Indices[..count], adversary!, attack, epoch, use.Mode);
        return (cat([perturbed, batch.Pixels.narrow(0, count, all - count)]), spent);
    }
}

/// <summary>
/// TRADES (Zhang et al. 2019, with the released code's choices): see <see cref="Trades"/>. The adversary attacks in eval mode; then clean and
/// adversarial examples pass one after the other in training mode, so that batch norm's running statistics see both, each once (the
/// released code passes the clean ones twice). Two forward-backward passes an example, besides the attack's.
/// </summary>
internal sealed class TradesLoss(Trades spec, ulong attack) : TrainingLoss
{
    private readonly Scalar beta = spec.Beta;

    public override BatchLoss Of(Network network, Batch batch, int epoch)
    {
        var (perturbed, spent) = Adversaries.Perturb(network, batch.Pixels, batch.Labels, batch.Indices, spec.Adversary, attack, epoch);
        var clean = network.Forward(batch.Pixels);
        var adversarial = network.Forward(perturbed);
        var loss = nn.functional.cross_entropy(clean, batch.Labels).add(Divergence(clean, adversarial).mean() * beta, Numbers.One);
        return new BatchLoss(loss, adversarial, spent + (2L * batch.Indices.Length));
    }

    /// <summary>KL(p ‖ q) = Σ p·(log p − log q) over classes, with gradients to both.</summary>
    /// <returns>[n], of logits [n, classes] of p and of q.</returns>
    internal static Tensor Divergence(Tensor clean, Tensor other)
    {
        var (p, q) = (clean.log_softmax(1), other.log_softmax(1));
        return (p.exp() * (p - q)).sum(1);
    }

    public override void Dispose()
    {
        beta.Dispose();
        base.Dispose();
    }
}
