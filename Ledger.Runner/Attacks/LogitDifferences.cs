using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// How far other classes are from overtaking one, z_other − z_own, and how that changes with the pixels: the linear picture of a
/// network that minimum-norm attacks step by. One backward pass for each other class.
/// </summary>
/// <param name="Logits">[n, classes].</param>
/// <param name="Values">[n, k]: negative as long as the own class is ahead.</param>
/// <param name="Gradients">[n, k, channels, height, width], by the pixels.</param>
public sealed record LogitDifferences(Tensor Logits, Tensor Values, Tensor Gradients)
{
    /// <param name="network">Pixels → logits, each row for itself.</param>
    /// <param name="own">[n], int64: each row's own class.</param>
    /// <param name="others">[n, k], int64: the classes held against it.</param>
    public static LogitDifferences Of(Func<Tensor, Tensor> network, Tensor points, Tensor own, Tensor others)
    {
        using var scope = NewDisposeScope();
        var point = points.detach().requires_grad_(true);
        var logits = network(point);
        var values = logits.gather(1, others) - logits.gather(1, own.unsqueeze(1));
        var count = (int)others.shape[1];
        var gradients = Enumerable.Range(0, count)
            .Select(other => autograd.grad([values.select(1, other).sum()], [point], retain_graph: other < count - 1)[0]);
        var stacked = stack([.. gradients], 1);
        return new LogitDifferences(
            logits.detach().MoveToOuterDisposeScope(), values.detach().MoveToOuterDisposeScope(), stacked.MoveToOuterDisposeScope());
    }

    /// <summary>Every class but a row's own, the one of highest logit first, of equals that of lower index: [n, classes − 1], int64.</summary>
    /// <param name="logits">[n, classes].</param>
    /// <param name="own">[n], int64.</param>
    public static Tensor OthersByRank(Tensor logits, Tensor own)
    {
        using var scope = NewDisposeScope();
        using Scalar last = float.NegativeInfinity;
        var isOwn = zeros_like(logits, ScalarType.Bool).scatter_(1, own.unsqueeze(1), ones([own.shape[0], 1], ScalarType.Bool));
        return logits.masked_fill(isOwn, last).sort(1, descending: true, stable: true).Indices.narrow(1, 0, logits.shape[1] - 1).MoveToOuterDisposeScope();
    }

    /// <summary>Every class but a row's own, in order: [n, classes − 1].</summary>
    public static Tensor AllOthers(IReadOnlyList<long> own, int classes) =>
        tensor(own.SelectMany(label => Enumerable.Range(0, classes).Where(other => other != label).Select(other => (long)other)).ToArray(), [own.Count, classes - 1]);
}
