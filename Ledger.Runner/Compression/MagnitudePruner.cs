using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>
/// Zeroes the convolution and linear weights of smallest absolute value: exactly round(ratio·n) of them, over the whole network or
/// in each layer. Equal magnitudes go by position, the earlier layer and index first; weights that are zero already count as removed.
/// Biases and normalisation stay.
/// </summary>
public static class MagnitudePruner
{
    public static ModelState Prune(ModelState model, MagnitudePruning spec) => Prune(model, spec, n => Share.Of(spec.Ratio, n));

    /// <param name="fit">Trains the network between two rounds; gets the number of the round, from 1, and the network pruned so far.</param>
    public static ModelState PruneInRounds(ModelState model, MagnitudePruning spec, PruningRounds rounds, Func<int, ModelState, ModelState> fit)
    {
        for (var round = 1; round < rounds.Count; round++)
        {
            var sparsity = Sparsity(rounds, spec.Ratio.Value, round);
            model = fit(round, Prune(model, spec, n => (int)Math.Round(sparsity * n, MidpointRounding.AwayFromZero)));
        }
        return Prune(model, spec);
    }

    /// <summary>The fraction of weights removed after a round.</summary>
    public static double Sparsity(PruningRounds rounds, double ratio, int round)
    {
        var done = (double)round / rounds.Count;
        return rounds.Path switch
        {
            SparsityPath.Geometric => 1 - Math.Pow(1 - ratio, done),
            SparsityPath.Cubic => ratio * (1 - Math.Pow(1 - done, 3)),
            _ => throw new ArgumentOutOfRangeException(nameof(rounds), rounds.Path, "no such path"),
        };
    }

    private static ModelState Prune(ModelState model, MagnitudePruning spec, Func<int, int> removed)
    {
        var layers = PrunedLayers.Of(model.Architecture, spec.Except).Select(layer => (Name: $"{layer.Id}.weight", Values: model.Floats($"{layer.Id}.weight"))).ToArray();
        if (spec.Scope == Scope.Global)
            ZeroSmallest([.. layers.Select(layer => layer.Values)], removed);
        else
            Array.ForEach(layers, layer => ZeroSmallest([layer.Values], removed));
        return model.With(layers.Select(layer => ModelState.Floats(layer.Name, model.Tensors[layer.Name].Shape, layer.Values)));
    }

    /// <summary>Fraction of convolution and linear weights that are zero.</summary>
    public static double Sparsity(ModelState model) => Sparsity(model, model.Layers);

    public static double Sparsity(ModelState model, IEnumerable<Weighted> layers)
    {
        var nonzero = model.NonzeroWeights();
        var names = layers.Select(layer => layer.Id).ToArray();
        var all = names.Sum(name => model.Tensors[$"{name}.weight"].Shape.Aggregate(1L, (product, side) => product * side));
        return 1 - ((double)names.Sum(name => nonzero[name]) / all);
    }

    private static void ZeroSmallest(float[][] parts, Func<int, int> removed)
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
        foreach (var key in keys.AsSpan(0, removed(keys.Length)))
        {
            var position = (int)(uint)key;
            var index = starts.BinarySearch(position);
            var layer = index >= 0 ? index : ~index - 1;
            parts[layer][position - starts[layer]] = 0;
        }
    }
}
