using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>Takes the ranges of a float network's activations from images.</summary>
public static class Calibration
{
    /// <param name="batches">Gives the images, pixels in [0, 1], from the first on each time it is asked; it disposes of them itself.</param>
    /// <param name="bits">Of the quantization the ranges are for.</param>
    public static IReadOnlyDictionary<QuantizationPoint, ActivationRange> Ranges(
        Network network, IReadOnlyList<QuantizationPoint> points, Func<IEnumerable<Tensor>> batches, RangeRule? rule, int bits)
    {
        switch (rule)
        {
            case null:
                return Watched(network, points, batches, _ => new ExtremesSeen());
            case Percentile percentile:
                var images = Count(batches);
                var shapes = Shapes.Of(network.Architecture);
                return Watched(network, points, batches, point => new TailsSeen(TailsSeen.Cut(percentile, images * Size(shapes, point))));
            case SquaredError squared:
                var widest = Watched(network, points, batches, _ => new ExtremesSeen());
                return Watched(network, points, batches, point => new ErrorsSeen(widest[point], squared.Grid, range => range.Levels(bits, point.Form)));
            default:
                throw new NotSupportedException($"no calibration by {rule}");
        }
    }

    private static long Count(Func<IEnumerable<Tensor>> batches) => batches().Sum(batch => batch.shape[0]);

    private static long Size(IReadOnlyDictionary<string, int[]> shapes, QuantizationPoint point) =>
        shapes[point.Source].Aggregate(1L, (product, side) => product * side);

    private static Dictionary<QuantizationPoint, ActivationRange> Watched(
        Network network, IReadOnlyList<QuantizationPoint> points, Func<IEnumerable<Tensor>> batches, Func<QuantizationPoint, ValuesSeen> start)
    {
        using var off = no_grad();
        var seen = points.ToDictionary(point => point, start);
        var bySource = seen.ToLookup(one => one.Key.Source, one => one.Value, StringComparer.Ordinal);
        foreach (var batch in batches())
        {
            network.Watch(batch, (node, values) =>
            {
                using var scope = NewDisposeScope();
                foreach (var one in bySource[node])
                    one.See(values.flatten());
            });
        }
        var ranges = seen.ToDictionary(one => one.Key, one => one.Value.Range());
        foreach (var one in seen.Values)
            one.Dispose();
        return ranges;
    }
}
