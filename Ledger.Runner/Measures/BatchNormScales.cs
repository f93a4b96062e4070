using Ledger.Domain.Models;
using Ledger.Runner.Compression;

namespace Ledger.Runner.Measures;

/// <summary>What batch normalisation multiplies each channel with in evaluation mode, without sign: |γ| / √(running variance + 1e-5).</summary>
internal static class BatchNormScales
{
    // Of Evaluation's batch normalisation.
    private const double Eps = 1e-5;

    public static double[] Of(ModelState model, BatchNorm2d norm)
    {
        var (gamma, variance) = (model.Floats($"{norm.Id}.weight"), model.Floats($"{norm.Id}.running_var"));
        return [.. gamma.Select((value, channel) => Math.Abs(value) / Math.Sqrt(variance[channel] + Eps))];
    }

    /// <summary>Of the batch norm that reads the node; null where none does.</summary>
    public static double[]? After(ModelState model, string node) =>
        model.Architecture.Nodes.OfType<BatchNorm2d>().FirstOrDefault(norm => norm.Inputs[0] == node) is { } norm ? Of(model, norm) : null;
}
