using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>Examples beside the versions of them that an attack kept, in one order.</summary>
/// <param name="Pixels">Float32 [n, channels, height, width] of the perturbed versions, row-major.</param>
internal sealed record PerturbedExamples(Examples Clean, float[] Pixels)
{
    /// <exception cref="StepFailure">The file does not hold a version of each example.</exception>
    public static PerturbedExamples Of(Examples clean, TensorFile kept)
    {
        long[] expected = [clean.Count, .. clean.Shape.Select(side => (long)side)];
        var pixels = kept.Tensors.FirstOrDefault(tensor => tensor.Name == "pixels");
        if (pixels is not { Type: TensorType.F32 } || !pixels.Shape.AsSpan().SequenceEqual(expected))
        {
            throw new StepFailure(
                FailureCodes.Error,
                $"the attack kept {(pixels is null ? "no pixels" : $"{pixels.Type} [{string.Join(", ", pixels.Shape)}]")}; the examples are F32 [{string.Join(", ", expected)}]");
        }

        return new PerturbedExamples(clean, MemoryMarshal.Cast<byte, float>(pixels.Data.Span).ToArray());
    }

    private int Size => Clean.Shape[0] * Clean.Shape[1] * Clean.Shape[2];

    /// <summary>Pairs of padded batches, clean and perturbed, with the place of the first example and their count; each within a scope of its own.</summary>
    public IEnumerable<(Tensor Clean, Tensor Perturbed, int At, int Count)> Batches(CancellationToken stop)
    {
        using var all = EvaluatedExamples.Pixels(Clean);
        for (var at = 0; at < Clean.Count; at += AttackEvaluation.BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(AttackEvaluation.BatchSize, Clean.Count - at);
            var clean = AttackEvaluation.Padded(all[TensorIndex.Slice(at, at + count)]);
            var perturbed = clean.clone();
            perturbed[TensorIndex.Slice(0, count)] = tensor(Pixels.AsSpan(at * Size, count * Size).ToArray(), [count, .. clean.shape.Skip(1)]);
            yield return (clean, perturbed, at, count);
        }
    }
}
