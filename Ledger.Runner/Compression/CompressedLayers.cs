using Ledger.Domain.Runs;

namespace Ledger.Runner.Compression;

/// <summary>What a compression came to, layer by layer.</summary>
internal static class CompressedLayers
{
    /// <summary>An event is kept small: a network with more layers than this is not listed.</summary>
    private const int Most = 64;

    /// <summary>The convolutions and linear layers of the network before, with what stands for each now; null for a very deep network.</summary>
    public static IReadOnlyList<CompressedLayer>? Of(ModelState before, ModelState after)
    {
        var layers = before.Layers.ToArray();
        if (layers.Length > Most)
            return null;
        var floats = WeightQuantizer.Dequantize(after);
        var was = after.Layers.Any(layer => layer.Quantized is not null) ? BatchNormFolding.Fold(before) : before;
        return [.. layers.Select(layer => Of(layer.Id, was, floats))];
    }

    private static CompressedLayer Of(string id, ModelState was, ModelState now)
    {
        if (!now.Tensors.TryGetValue($"{id}.weight", out var weight))
        {
            float[] factors = [.. now.Floats($"{id}_b.weight"), .. now.Floats($"{id}_a.weight")];
            return new CompressedLayer(id, factors.Length, Nonzero(factors), Rank: (int)now.Tensors[$"{id}_b.weight"].Shape[0]);
        }

        var (before, after) = (was.Floats($"{id}.weight"), now.Floats($"{id}.weight"));
        return new CompressedLayer(id, after.Length, Nonzero(after), was.Tensors[$"{id}.weight"].Shape.AsSpan().SequenceEqual(weight.Shape) ? Error(before, after) : null);
    }

    private static int Nonzero(float[] values) => values.Count(value => value != 0);

    private static double? Error(float[] was, float[] now)
    {
        var size = Math.Sqrt(was.Sum(value => (double)value * value));
        return size > 0 ? Math.Sqrt(was.Zip(now, (before, after) => ((double)after - before) * ((double)after - before)).Sum()) / size : null;
    }
}
