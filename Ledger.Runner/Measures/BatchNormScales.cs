using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;

namespace Ledger.Runner.Measures;

/// <summary>What batch normalisation multiplies each channel with in evaluation mode, without sign: |γ| / √(running variance + 1e-5).</summary>
internal static class BatchNormScales
{
    public static double[] Of(ModelState model, BatchNorm2d norm)
    {
        var (gamma, variance) = (model.Floats($"{norm.Id}.weight"), model.Floats($"{norm.Id}.running_var"));
        return [.. gamma.Select((value, channel) => Math.Abs(value) / Math.Sqrt(variance[channel] + Evaluation.BatchNormEps))];
    }

    /// <summary>Of the batch norm that reads the node; null where none does, or not alone, so that it cannot be folded into it.</summary>
    public static double[]? After(ModelState model, string node) =>
        model.Architecture.Nodes.Where(reader => reader.Inputs.Contains(node)).ToList() is [BatchNorm2d norm] ? Of(model, norm) : null;
}
