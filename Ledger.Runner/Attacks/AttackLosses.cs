using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Losses an attack raises: logits [n, classes] → [n], each row for itself, differentiable. Formulas at <see cref="AttackLoss"/>.
/// </summary>
public static class AttackLosses
{
    // Of the DLR losses' denominators, as in the authors' code.
    private const float Floor = 1e-12f;

    /// <summary>Classes below which the DLR loss is not defined: it looks at the third largest logit, targeted at the fourth.</summary>
    public const int ClassesForDlr = 3, ClassesForTargetedDlr = 4;

    /// <param name="clean">Gives the logits of the unperturbed rows; asked for only by the divergence from them.</param>
    public static Func<Tensor, Tensor> Of(AttackLoss loss, Tensor labels, Func<Tensor> clean) => loss switch
    {
        AttackLoss.Ce => logits => F.cross_entropy(logits, labels, reduction: nn.Reduction.None),
        AttackLoss.Kl => Divergence(clean()),
        AttackLoss.Margin => logits => Other(logits, labels) - Own(logits, labels),
        AttackLoss.Dlr => logits => Dlr(logits, labels),
        _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "no such loss"),
    };

    /// <summary>
    /// The targeted DLR loss, −(z_y − z_t)/(z_π1 − (z_π3 + z_π4)/2 + 1e-12) (Croce and Hein 2020): towards the target and away from the label.
    /// </summary>
    public static Func<Tensor, Tensor> TargetedDlr(Tensor labels, Tensor targets) => logits =>
    {
        using Scalar half = 0.5f;
        var sorted = logits.topk(ClassesForTargetedDlr, 1).values;
        var spread = sorted.select(1, 0) - sorted.select(1, 2).add(sorted.select(1, 3), Numbers.One).mul(half);
        return Ratio(Own(logits, targets) - Own(logits, labels), spread);
    };

    private static Func<Tensor, Tensor> Divergence(Tensor clean)
    {
        var (p, logP) = (clean.softmax(1).detach(), clean.log_softmax(1).detach());
        return logits => (p * (logP - logits.log_softmax(1))).sum(1);
    }

    private static Tensor Dlr(Tensor logits, Tensor labels)
    {
        var (sorted, order) = logits.topk(ClassesForDlr, 1);
        var other = where(order.select(1, 0) == labels, sorted.select(1, 1), sorted.select(1, 0));
        return Ratio(other - Own(logits, labels), sorted.select(1, 0) - sorted.select(1, 2));
    }

    private static Tensor Ratio(Tensor difference, Tensor spread)
    {
        using Scalar floor = Floor;
        return difference / spread.add(floor, Numbers.One);
    }

    private static Tensor Own(Tensor logits, Tensor labels) => logits.gather(1, labels.unsqueeze(1)).squeeze(1);

    private static Tensor Other(Tensor logits, Tensor labels)
    {
        using Scalar none = float.NegativeInfinity;
        var own = tensor([.. Enumerable.Range(0, (int)logits.shape[1]).Select(index => (long)index)]).eq(labels.unsqueeze(1));
        return logits.masked_fill(own, none).max(1).values;
    }
}
