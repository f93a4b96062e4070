using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;

namespace Ledger.Domain.Onnx;

/// <summary>Writes one node of an architecture as ONNX nodes.</summary>
internal sealed class OnnxLayers(OnnxGraph graph, IReadOnlyDictionary<string, NamedTensor> state, OnnxForm form)
{
    private static readonly string[] NormParts = ["weight", "bias", "running_mean", "running_var"];

    private readonly OnnxQuantization quantization = new(graph);

    private readonly OnnxWeights weights = new(graph, state, form);

    /// <param name="name">Of the value the node gives.</param>
    public OnnxValue Of(Node node, string name, IReadOnlyList<OnnxValue> inputs) => node switch
    {
        FakeQuantize when form == OnnxForm.Float => inputs[0],
        FakeQuantize fake => fake.Bits == OnnxWeights.Full ? quantization.Levels(fake, name, inputs[0].Name) : quantization.Simulated(fake, name, inputs[0].Name),
        MaxPool2d pool => PassedOn(name, inputs[0], (value, from) => graph.Add(value, "MaxPool", [from], Square("kernel_shape", pool.Kernel), Square("strides", pool.Stride))),
        Flatten => PassedOn(name, inputs[0], (value, from) => graph.Add(value, "Flatten", [from], ("axis", 1L))),
        _ => new OnnxValue(Plain(node, name, inputs), null),
    };

    private string Plain(Node node, string name, IReadOnlyList<OnnxValue> inputs) => node switch
    {
        Normalize n => graph.Add(name, "Div", [graph.Add($"{name}:centred", "Sub", [inputs[0].Name, Channels($"{n.Id}.mean", n.Mean)]), Channels($"{n.Id}.std", n.Std)]),
        Conv2d conv => graph.Add(
            name, "Conv", weights.Of(conv, inputs[0]), Square("kernel_shape", conv.Kernel), Square("strides", conv.Stride),
            ("pads", new long[] { conv.Padding, conv.Padding, conv.Padding, conv.Padding })),
        Linear linear => graph.Add(name, "Gemm", weights.Of(linear, inputs[0])),
        BatchNorm2d norm => graph.Add(
            name, "BatchNormalization", [inputs[0].Name, .. NormParts.Select(part => weights.Plain($"{norm.Id}.{part}"))],
            ("epsilon", OnnxExport.BatchNormEps)),
        Relu => graph.Add(name, "Relu", [inputs[0].Name]),
        GlobalAveragePool => graph.Add(name, "Flatten", [graph.Add($"{name}:pooled", "GlobalAveragePool", [inputs[0].Name])], ("axis", 1L)),
        Add => graph.Add(name, "Add", [inputs[0].Name, inputs[1].Name]),
        _ => throw new InvalidDataException($"node '{node.Id}' has no counterpart in ONNX: {node}"),
    };

    /// <summary>
    /// What only moves quantized values is quantized again behind, which changes nothing: runtimes look for the pattern
    /// dequantize, operate, quantize.
    /// </summary>
    private OnnxValue PassedOn(string name, OnnxValue input, Func<string, string, string> operate) => input.Levels is { } levels
        ? quantization.Again(name, operate($"{name}:moved", input.Name), levels)
        : new OnnxValue(operate(name, input.Name), null);

    private string Channels(string name, double[] values) => graph.Floats(name, [values.Length, 1, 1], [.. values.Select(value => (float)value)]);

    private static (string Name, object Value) Square(string name, int side) => (name, new long[] { side, side });
}

/// <summary>Rounding of activations.</summary>
internal sealed class OnnxQuantization(OnnxGraph graph)
{
    /// <summary>QuantizeLinear and DequantizeLinear, with a Clip of the integers between them where one level of their type is not used.</summary>
    public OnnxValue Levels(FakeQuantize node, string name, string input)
    {
        var signed = node.Low < 0;
        (int lowest, int highest) = signed ? (-128, 127) : (0, 255);
        var type = signed ? TensorType.I8 : TensorType.U8;
        var levels = new QuantizedLevels(
            graph.Floats($"{node.Id}.scale", [], (float)node.Scale), graph.Constant($"{node.Id}.zero", type, [], [(byte)node.ZeroPoint]), (float)node.Scale);
        var integers = graph.Add($"{name}:integers", "QuantizeLinear", [input, levels.Scale, levels.Zero]);
        if ((node.Low, node.High) != (lowest, highest))
        {
            integers = graph.Add(
                $"{name}:clipped", "Clip", [integers, graph.Constant($"{node.Id}.low", type, [], [(byte)node.Low]), graph.Constant($"{node.Id}.high", type, [], [(byte)node.High])]);
        }
        return new OnnxValue(graph.Add(name, "DequantizeLinear", [integers, levels.Scale, levels.Zero]), levels);
    }

    public OnnxValue Again(string name, string input, QuantizedLevels levels) => new(
        graph.Add(name, "DequantizeLinear", [graph.Add($"{name}:integers", "QuantizeLinear", [input, levels.Scale, levels.Zero]), levels.Scale, levels.Zero]), levels);

    /// <summary>The same in float32: clamp(round(x / scale) + zero, low, high), minus zero, times scale.</summary>
    public OnnxValue Simulated(FakeQuantize node, string name, string input)
    {
        var scale = graph.Floats($"{node.Id}.scale", [], (float)node.Scale);
        var zero = graph.Floats($"{node.Id}.zero", [], node.ZeroPoint);
        var rounded = graph.Add($"{name}:rounded", "Round", [graph.Add($"{name}:divided", "Div", [input, scale])]);
        var moved = graph.Add($"{name}:moved", "Add", [rounded, zero]);
        var clamped = graph.Add($"{name}:clamped", "Clip", [moved, graph.Floats($"{node.Id}.low", [], node.Low), graph.Floats($"{node.Id}.high", [], node.High)]);
        return new OnnxValue(graph.Add(name, "Mul", [graph.Add($"{name}:centred", "Sub", [clamped, zero]), scale]), null);
    }
}
