using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Compression;

/// <summary>Which convolutions and linear layers a compression touches.</summary>
public static class PrunedLayers
{
    /// <param name="except">Node ids, or <c>first</c> and <c>last</c> in evaluation order; null: none.</param>
    /// <exception cref="StepFailure">There is no layer of that name, or none is left.</exception>
    public static IReadOnlyList<Weighted> Of(Architecture architecture, IReadOnlyList<string>? except)
    {
        Weighted[] layers = [.. architecture.Nodes.OfType<Weighted>()];
        var excepted = (except ?? []).Select(name => name switch { "first" => layers[0].Id, "last" => layers[^1].Id, _ => name }).ToHashSet(StringComparer.Ordinal);
        var unknown = excepted.Except(layers.Select(layer => layer.Id)).ToArray();
        if (unknown.Length > 0)
            throw new StepFailure(FailureCodes.Error, $"no layer {string.Join(", ", unknown)} to except; the network has {string.Join(", ", layers.Select(layer => layer.Id))}");
        Weighted[] left = [.. layers.Where(layer => !excepted.Contains(layer.Id))];
        return left.Length > 0 ? left : throw new StepFailure(FailureCodes.Error, "every layer is excepted; there is nothing to compress");
    }
}
