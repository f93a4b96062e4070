using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;

namespace Ledger.Domain.Onnx;

/// <summary>What arithmetic an ONNX file asks for.</summary>
public enum OnnxForm
{
    /// <summary>
    /// The network itself. Activations of 8 bits are written with QuantizeLinear and DequantizeLinear, and so are the 8-bit weights of layers that
    /// read them; their biases become int32 in units of the product of the two scales. Runtimes turn that into integer arithmetic. Other widths
    /// are simulated in float32: there is no faster arithmetic for them, and with fewer bits that unit would be too coarse for biases.
    /// </summary>
    Itself,

    /// <summary>Float32 throughout: the weights that integers stand for, and activations as they are.</summary>
    Float,
}

/// <summary>
/// A network as an ONNX file: <c>input</c>, float32 pixels in [0, 1], [n, channels, height, width] → <c>logits</c> [n, classes]. Equal networks
/// give equal bytes.
/// </summary>
public static class OnnxExport
{
    public const string Input = Architecture.Pixels, Output = "logits";

    internal const float BatchNormEps = 1e-5f;

    /// <summary>Whether <see cref="OnnxForm.Itself"/> asks for integer arithmetic.</summary>
    public static bool IsInteger(Architecture architecture) =>
        architecture.Nodes.Any(node => node is FakeQuantize { Bits: OnnxWeights.Full }) && architecture.Nodes.OfType<Weighted>().All(layer => layer.Quantized is { Bits: OnnxWeights.Full });

    /// <exception cref="InvalidDataException">A tensor is missing, or a node has no counterpart in ONNX.</exception>
    public static byte[] Write(Architecture architecture, IEnumerable<NamedTensor> tensors, OnnxForm form)
    {
        var graph = new OnnxGraph(Input, architecture.Input, Output, architecture.Classes);
        var state = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var layers = new OnnxLayers(graph, state, form);
        var values = new Dictionary<string, OnnxValue>(StringComparer.Ordinal) { [Architecture.Pixels] = new(Input, null) };
        foreach (var node in architecture.Nodes)
        {
            // A node's id never holds a colon, so no value is named like another or like the output.
            var name = node == architecture.Nodes[^1] ? Output : $"{node.Id}:0";
            values[node.Id] = layers.Of(node, name, [.. node.Inputs.Select(input => values[input])]);
        }
        if (values[architecture.Nodes[^1].Id].Name != Output)
            graph.Add(Output, "Identity", [values[architecture.Nodes[^1].Id].Name]);
        return graph.Model();
    }
}

/// <summary>A value in the graph.</summary>
/// <param name="Levels">Those it lies on when it was just dequantized.</param>
internal sealed record OnnxValue(string Name, QuantizedLevels? Levels);

/// <summary>Scale and zero point as constants of the graph.</summary>
/// <param name="Step">The scale's value.</param>
internal sealed record QuantizedLevels(string Scale, string Zero, float Step);
