using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Runner.Attacks;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// An estimate, from below, of the interlayer alignment A₂ = max over ReLU masks D of ‖W′_k D W_k‖₂ / (‖W′‖₂ ‖W‖₂) + R₂. From the mask of each
/// of some examples, the value uᵀW′DWv is raised in turn over u, over v, and over each coordinate of D by itself, until it grows by less
/// than 1e-9 of itself; the best end is taken. The maximum over masks is combinatorial, so this is not a bound.
/// </summary>
internal static class MaskSearch
{
    private const int MostRounds = 500;

    /// <param name="mask">Id of the ReLU between the two layers.</param>
    public static double Estimate(Subject subject, LayerMatrix first, LayerMatrix second, string mask, LipschitzBoundSettings settings)
    {
        using var scope = NewDisposeScope();
        int k = settings.K ?? int.MaxValue;
        var (near, far) = (subject.Spectrum(first), subject.Spectrum(second));
        var found = Largest(Kept(first, near, k), Kept(second, far, k), Observed(subject, mask, settings.Masks!.Value));
        var norms = near.Largest * far.Largest;
        return norms == 0 ? 1 : Math.Min(1, (found / norms) + InterlayerAlignment.Remainder(near.Values, k) + InterlayerAlignment.Remainder(far.Values, k));
    }

    /// <summary>The largest ‖W′DW‖₂ that is found from the starting masks [hidden, starts].</summary>
    internal static double Largest(Tensor first, Tensor second, Tensor masks)
    {
        using var scope = NewDisposeScope();
        var numbers = new SplitMix64(0);
        double[] start = [.. Enumerable.Range(0, (int)first.shape[1]).Select(_ => (numbers.Next() / (double)ulong.MaxValue) - 0.5)];
        var right = tensor(start, [start.Length, 1]).expand(start.Length, masks.shape[1]);
        double best = 0;
        using Scalar tiny = double.Epsilon;
        for (var round = 0; round < MostRounds; round++)
        {
            using var inner = NewDisposeScope();
            var hidden = first.matmul(right);
            var left = second.matmul(masks * hidden);
            // Column by column; a mask that lets nothing through stays at zero.
            var value = left.norm(0, keepdim: true);
            var back = second.T.matmul(left / value.clamp_min(tiny));
            // The coordinates from the second round on, when the directions have something to do with the mask they started from.
            var next = round == 0 ? masks : (back * hidden).gt(Numbers.Zero).to(ScalarType.Float64);
            var pulled = first.T.matmul(next * back);
            var reached = value.max().item<double>();
            if (round > 1 && reached <= best * (1 + 1e-9))
                return Math.Max(best, reached);
            best = Math.Max(best, reached);
            masks = next.MoveToOuterDisposeScope();
            right = (pulled / pulled.norm(0, keepdim: true).clamp_min(tiny)).MoveToOuterDisposeScope();
        }

        return best;
    }

    private static Tensor Kept(LayerMatrix layer, Spectrum spectrum, int k) =>
        k < spectrum.Values.Count ? Decompositions.Truncated(layer.Matrix, k) : Decompositions.ToTensor(layer.Matrix);

    private static Tensor Observed(Subject subject, string mask, int count)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var data = subject.Examples;
        using var pixels = EvaluatedExamples.Pixels(data);
        var active = new List<Tensor>();
        for (var at = 0; at < Math.Min(count, data.Count); at += AttackEvaluation.BatchSize)
        {
            var to = Math.Min(Math.Min(count, data.Count), at + AttackEvaluation.BatchSize);
            active.Add(subject.Network.Value(AttackEvaluation.Padded(pixels[TensorIndex.Slice(at, to)]), mask)[TensorIndex.Slice(0, to - at)]);
        }

        return cat(active).gt(Numbers.Zero).to(ScalarType.Float64).T.contiguous().MoveToOuterDisposeScope();
    }
}
