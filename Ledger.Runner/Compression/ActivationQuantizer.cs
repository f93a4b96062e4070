using Ledger.Domain.Models;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>The smallest and largest value seen somewhere in a network, and 0.</summary>
public readonly record struct ActivationRange(float Low, float High)
{
    /// <summary>
    /// Affine quantization of the range: scale = (high − low)/(2^b − 1) as float32, zero point = round(−low/scale), so that 0 is exact.
    /// A range of nothing but 0 has scale 1.
    /// </summary>
    public FakeQuantize Node(string id, string input, int bits)
    {
        var highest = (1 << bits) - 1;
        var scale = High > Low ? (float)(((double)High - Low) / highest) : 1;
        var zero = (int)Math.Clamp(Math.Round(-(double)Low / scale, MidpointRounding.ToEven), 0, highest);
        return new FakeQuantize(id, [input], bits, scale, zero, 0, highest);
    }
}

/// <summary>
/// Inserts simulated quantization of activations where an integer runtime (ONNX Runtime's QDQ format, NNI) would requantize: behind the
/// normalisation of the pixels (behind the pixels themselves where nothing normalises them), and behind every convolution, linear layer,
/// relu, addition and average pooling; but not between one of these and a relu that is its only reader, where runtimes fuse the two.
/// The logits are quantized too. Max pooling and flattening only pass quantized values on.
/// </summary>
public static class ActivationQuantizer
{
    /// <summary>Ids of the nodes (or of the pixels) behind which a quantization stands, in evaluation order.</summary>
    public static IReadOnlyList<string> Places(Architecture architecture)
    {
        var normalized = architecture.Nodes.Any(node => node is Normalize && node.Inputs[0] == Architecture.Pixels);
        var places = architecture.Nodes.Where(node => MakesValues(node) && !IsFused(architecture, node)).Select(node => node.Id);
        return [.. normalized ? [] : new[] { Architecture.Pixels }, .. places];
    }

    /// <summary>The ranges a float network shows at all places over the images.</summary>
    /// <param name="batches">Pixels in [0, 1], disposed of by the caller.</param>
    public static IReadOnlyDictionary<string, ActivationRange> Ranges(Network network, IEnumerable<Tensor> batches)
    {
        var places = Places(network.Architecture);
        var ranges = places.ToDictionary(place => place, _ => default(ActivationRange), StringComparer.Ordinal);
        using var off = no_grad();
        foreach (var batch in batches)
        {
            foreach (var place in places)
            {
                using var scope = NewDisposeScope();
                var values = network.Value(batch, place);
                ranges[place] = new ActivationRange(
                    Math.Min(ranges[place].Low, values.min().item<float>()), Math.Max(ranges[place].High, values.max().item<float>()));
            }
        }
        return ranges;
    }

    public static Architecture Insert(Architecture architecture, IReadOnlyDictionary<string, ActivationRange> ranges, int bits)
    {
        var nodes = new List<Node>();
        void Quantize(string id)
        {
            if (ranges.TryGetValue(id, out var range))
                nodes.Add(range.Node(Quantized(id), id, bits));
        }

        Quantize(Architecture.Pixels);
        foreach (var node in architecture.Nodes)
        {
            nodes.Add(node with { Inputs = [.. node.Inputs.Select(input => ranges.ContainsKey(input) ? Quantized(input) : input)] });
            Quantize(node.Id);
        }
        return architecture with { Nodes = nodes };
    }

    private static string Quantized(string id) => $"{id}_quantized";

    private static bool MakesValues(Node node) => node is Normalize or Weighted or Relu or Add or GlobalAveragePool;

    private static bool IsFused(Architecture architecture, Node node)
    {
        var readers = architecture.Nodes.Where(other => other.Inputs.Contains(node.Id)).ToArray();
        return node is not Relu and not Normalize && readers is [Relu];
    }
}
