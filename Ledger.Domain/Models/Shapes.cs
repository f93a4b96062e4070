namespace Ledger.Domain.Models;

/// <summary>The shape of one example behind every node of a graph, found without running it.</summary>
public static class Shapes
{
    /// <summary>Node id → shape without the batch dimension: [channels, height, width] or [features].</summary>
    /// <exception cref="InvalidDataException">A node does not fit what goes into it; the message names the node.</exception>
    public static IReadOnlyDictionary<string, int[]> Of(Architecture architecture)
    {
        var shapes = new Dictionary<string, int[]>(StringComparer.Ordinal) { [Architecture.Pixels] = architecture.Input };
        foreach (var node in architecture.Nodes)
        {
            var inputs = node.Inputs.Select(id => shapes.TryGetValue(id, out var shape)
                ? shape
                : throw new InvalidDataException($"node '{node.Id}' reads '{id}', which is neither an earlier node nor '{Architecture.Pixels}'")).ToArray();
            shapes[node.Id] = After(node, inputs);
        }
        return shapes;
    }

    private static int[] After(Node node, int[][] inputs) => (node, inputs) switch
    {
        (Normalize n, [[var c, _, _]]) when c == n.Mean.Length && c == n.Std.Length => inputs[0],
        (Conv2d n, [[var c, var h, var w]]) when c == n.InChannels =>
            [n.OutChannels, Windows(n, h + (2 * n.Padding), n.Kernel, n.Stride), Windows(n, w + (2 * n.Padding), n.Kernel, n.Stride)],
        (Linear n, [[var features]]) when features == n.InFeatures => [n.OutFeatures],
        (BatchNorm2d n, [[var c, _, _]]) when c == n.Channels => inputs[0],
        (MaxPool2d n, [[var c, var h, var w]]) => [c, Windows(n, h, n.Kernel, n.Stride), Windows(n, w, n.Kernel, n.Stride)],
        (GlobalAveragePool, [[var c, _, _]]) => [c],
        (Flatten, [var shape]) => [shape.Aggregate(1, (product, side) => product * side)],
        (Relu or FakeQuantize, [var shape]) => shape,
        (Add, [var left, var right]) when left.SequenceEqual(right) => left,
        _ => throw new InvalidDataException(
            $"node '{node.Id}' does not fit its input{(inputs.Length == 1 ? "" : "s")} {string.Join(" and ", inputs.Select(Text))}: {node}"),
    };

    private static int Windows(Node node, int side, int kernel, int stride) => side >= kernel
        ? ((side - kernel) / stride) + 1
        : throw new InvalidDataException($"node '{node.Id}' has a window of {kernel}, but only {side} pixels come in");

    private static string Text(int[] shape) => $"[{string.Join(", ", shape)}]";
}
