using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;

namespace Ledger.Domain.Onnx;

/// <summary>
/// An ONNX model being written down node by node: operator set 17 of the default domain, IR version 8. Field numbers are those of
/// onnx.proto (github.com/onnx/onnx). Every node has one output, whose name is the node's.
/// </summary>
internal sealed class OnnxGraph(string input, IReadOnlyList<int> shape, string output, int classes)
{
    private const int IrVersion = 8, OperatorSet = 17;
    private const int FloatAttribute = 1, IntegerAttribute = 2, IntegersAttribute = 7;

    private readonly List<ProtoMessage> nodes = [], constants = [];

    /// <param name="attributes">Name and value: float, long or long[].</param>
    /// <returns>The output's name, which is <paramref name="name"/>.</returns>
    public string Add(string name, string operation, IReadOnlyList<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new ProtoMessage().All(inputs, (message, value) => message.Text(1, value)).Text(2, name).Text(3, name).Text(4, operation);
        foreach (var (key, value) in attributes)
            node.Message(5, Attribute(key, value));
        nodes.Add(node);
        return name;
    }

    public string Constant(string name, TensorType type, IReadOnlyList<long> sides, ReadOnlySpan<byte> data)
    {
        constants.Add(new ProtoMessage().All(sides, (message, side) => message.Integer(1, side)).Integer(2, ElementType(type)).Text(8, name).Bytes(9, data));
        return name;
    }

    public string Floats(string name, IReadOnlyList<long> sides, params ReadOnlySpan<float> values) => Constant(name, TensorType.F32, sides, MemoryMarshal.AsBytes(values));

    public byte[] Model() => new ProtoMessage()
        .Integer(1, IrVersion)
        .Text(2, "ledger")
        .Message(7, new ProtoMessage()
            .All(nodes, (message, node) => message.Message(1, node))
            .Text(2, "network")
            .All(constants, (message, constant) => message.Message(5, constant))
            .Message(11, Value(input, [.. shape]))
            .Message(12, Value(output, [classes])))
        .Message(8, new ProtoMessage().Text(1, "").Integer(2, OperatorSet))
        .ToArray();

    private static ProtoMessage Attribute(string name, object value)
    {
        var attribute = new ProtoMessage().Text(1, name);
        return value switch
        {
            float number => attribute.Float(2, number).Integer(20, FloatAttribute),
            long number => attribute.Integer(3, number).Integer(20, IntegerAttribute),
            long[] numbers => attribute.All(numbers, (message, number) => message.Integer(8, number)).Integer(20, IntegersAttribute),
            _ => throw new ArgumentException($"no attribute of {value.GetType().Name}", nameof(value)),
        };
    }

    /// <summary>A float32 tensor of any number of examples.</summary>
    private static ProtoMessage Value(string name, int[] sides)
    {
        var dimensions = new ProtoMessage().Message(1, new ProtoMessage().Text(2, "n")).All(sides, (message, side) => message.Message(1, new ProtoMessage().Integer(1, side)));
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, new ProtoMessage().Integer(1, ElementType(TensorType.F32)).Message(2, dimensions)));
    }

    private static int ElementType(TensorType type) => type switch
    {
        TensorType.F32 => 1,
        TensorType.U8 => 2,
        TensorType.I8 => 3,
        TensorType.I32 => 6,
        _ => throw new ArgumentException($"no ONNX constants of {type} are written", nameof(type)),
    };
}
