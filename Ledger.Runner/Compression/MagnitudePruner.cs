using Ledger.Domain.Experiments;

namespace Ledger.Runner.Compression;

/// <summary>
/// Zeroes the convolution and linear weights of smallest absolute value: exactly round(ratio·n) of them, over the whole network or
/// in each layer. Equal magnitudes go by position, the earlier layer and index first; weights that are zero already count as removed.
/// Biases and normalisation stay.
/// </summary>
public static class MagnitudePruner
{
    public static ModelState Prune(ModelState model, MagnitudePruning spec)
    {
        var layers = model.Layers.Select(layer => (Name: $"{layer.Id}.weight", Values: model.Floats($"{layer.Id}.weight"))).ToArray();
        if (spec.Scope == Scope.Global)
            ZeroSmallest([.. layers.Select(layer => layer.Values)], spec.Ratio);
        else
            Array.ForEach(layers, layer => ZeroSmallest([layer.Values], spec.Ratio));
        return model.With(layers.Select(layer => ModelState.Floats(layer.Name, model.Tensors[layer.Name].Shape, layer.Values)));
    }

    /// <summary>Fraction of convolution and linear weights that are zero.</summary>
    public static double Sparsity(ModelState model)
    {
        var nonzero = model.NonzeroWeights().Values.Sum();
        var all = model.Layers.Sum(layer => model.Tensors[$"{layer.Id}.weight"].Shape.Aggregate(1L, (product, side) => product * side));
        return 1 - ((double)nonzero / all);
    }

    private static void ZeroSmallest(float[][] parts, Exact ratio)
    {
        // Positive floats order as their bits, and a stable key (bits, position) makes equal magnitudes go by position.
        var keys = new ulong[parts.Sum(part => part.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            foreach (var value in part)
                keys[at] = ((ulong)BitConverter.SingleToUInt32Bits(Math.Abs(value)) << 32) | (uint)at++;
        }
        Array.Sort(keys);
        var starts = parts.Aggregate(new List<int> { 0 }, (sums, part) => [.. sums, sums[^1] + part.Length]);
        foreach (var key in keys.AsSpan(0, Share.Of(ratio, keys.Length)))
        {
            var position = (int)(uint)key;
            var index = starts.BinarySearch(position);
            var layer = index >= 0 ? index : ~index - 1;
            parts[layer][position - starts[layer]] = 0;
        }
    }
}
