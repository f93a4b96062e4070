using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>Where values are quantized.</summary>
/// <param name="Source">The node (or the pixels) that makes them.</param>
/// <param name="Reader">The one node that gets them quantized; null: every reader.</param>
public sealed record QuantizationPoint(string Source, string? Reader, LevelForm Form);

/// <summary>The places of a graph at which activations are quantized.</summary>
public static class QuantizationPoints
{
    public static IReadOnlyList<QuantizationPoint> Of(Architecture architecture, ActivationScheme scheme) => scheme switch
    {
        ActivationScheme.Affine => [.. Affine(architecture).Select(id => new QuantizationPoint(id, null, LevelForm.Affine))],
        ActivationScheme.Nni => [.. architecture.Nodes.SelectMany(Nni)],
        _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "no such scheme"),
    };

    /// <summary>
    /// Where an integer runtime (ONNX Runtime's QDQ format) would requantize: behind the normalisation of the pixels (behind the pixels
    /// themselves where nothing normalises them), and behind every convolution, linear layer, batch normalisation, relu, addition and
    /// average pooling; but not between one of these and a relu that is its only reader, where runtimes fuse the two. The logits are
    /// quantized too. Max pooling and flattening only pass quantized values on.
    /// </summary>
    private static IEnumerable<string> Affine(Architecture architecture)
    {
        var normalized = architecture.Nodes.Any(node => node is Normalize && node.Inputs[0] == Architecture.Pixels);
        var places = architecture.Nodes.Where(node => MakesValues(node) && !IsFused(architecture, node)).Select(node => node.Id);
        return normalized ? places : places.Prepend(Architecture.Pixels);
    }

    private static IEnumerable<QuantizationPoint> Nni(Node node) => node switch
    {
        Weighted or BatchNorm2d => [new(node.Inputs[0], node.Id, LevelForm.Symmetric), new(node.Id, null, LevelForm.Symmetric)],
        Relu => [new(node.Id, null, LevelForm.AffineOdd)],
        _ => [],
    };

    private static bool MakesValues(Node node) => node is Normalize or Weighted or BatchNorm2d or Relu or Add or GlobalAveragePool;

    private static bool IsFused(Architecture architecture, Node node)
    {
        var readers = architecture.Nodes.Where(other => other.Inputs.Contains(node.Id)).ToArray();
        return node is not Relu and not Normalize && readers is [Relu];
    }
}
