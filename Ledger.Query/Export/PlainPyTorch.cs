using System.Globalization;
using Ledger.Domain.Models;

namespace Ledger.Query.Export;

/// <summary>
/// A network as a Python file that a person can read and run without this tool: <c>load(folder)</c> gives a plain
/// <c>torch.nn</c> module in eval mode from pixels in [0, 1] to logits. It needs PyTorch (1.13 and later) and nothing else.
/// The names of its <c>state_dict()</c> are those of <c>model.safetensors</c>; integer weights are multiplied by their
/// scales on loading, and simulated activation quantization keeps its straight-through gradient, so that attacks run on it.
/// </summary>
public static class PlainPyTorch
{
    /// <summary>The text of <c>model.py</c>; equal architectures give equal bytes.</summary>
    /// <exception cref="Domain.Refused">A node has a name that is no safe Python name, or inputs that do not come before it.</exception>
    public static string Write(Architecture architecture)
    {
        PythonNames.Check(architecture);
        IReadOnlyList<Node> nodes = architecture.Nodes;
        bool integers = nodes.OfType<Weighted>().Any(n => n.Quantized is { Latent: not true });
        bool latent = nodes.OfType<Weighted>().Any(n => n.Quantized is { Latent: true });
        string?[] parts =
        [
            PythonText.Head(Shape(architecture), architecture.Classes, integers),
            nodes.OfType<Normalize>().Any() ? PythonText.Normalize : null,
            nodes.OfType<FakeQuantize>().Any() ? (nodes.OfType<FakeQuantize>().Any(IsClipped) ? PythonText.ClippedFakeQuantize : PythonText.FakeQuantize) : null,
            Network(architecture),
            PythonText.ReadSafeTensors,
            integers ? PythonText.Dequantize : null,
            latent ? PythonText.Latent(Widths(nodes)) : null,
            integers ? PythonText.LoadIntegers : latent ? PythonText.LoadLatent : PythonText.Load,
        ];
        return string.Join("\n\n\n", parts.Where(p => p is not null)) + "\n";
    }

    private static string Network(Architecture architecture)
    {
        IReadOnlyDictionary<string, string> variables = PythonNames.Variables(architecture);
        IEnumerable<string> layers =
            from node in architecture.Nodes
            let layer = Layer(node)
            where layer is not null
            select $"        self.{node.Id} = {layer}";
        IEnumerable<string> steps = architecture.Nodes.Select(node =>
            $"        {variables[node.Id]} = {Step(node, [.. node.Inputs.Select(i => variables[i])])}");
        string[] lines =
        [
            "class Network(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            .. layers,
            "",
            $"    def forward(self, {variables[Architecture.Pixels]}):",
            .. steps,
            $"        return {variables[architecture.Nodes[^1].Id]}",
        ];
        return string.Join('\n', lines);
    }

    private static string? Layer(Node node) => node switch
    {
        Normalize n => $"Normalize(mean={List(n.Mean)}, std={List(n.Std)})",
        Conv2d c => $"nn.Conv2d({c.InChannels}, {c.OutChannels}, {c.Kernel}, stride={c.Stride}, padding={c.Padding}{NoBias(c)})",
        Linear l => $"nn.Linear({l.InFeatures}, {l.OutFeatures}{NoBias(l)})",
        BatchNorm2d b => $"nn.BatchNorm2d({b.Channels})",
        FakeQuantize q => $"FakeQuantize(scale={Number(q.Scale)}, zero_point={q.ZeroPoint}, low={q.Low}, high={q.High}{(IsClipped(q) ? ", clipped=True" : "")})",
        _ => null,
    };

    private static string Step(Node node, string[] inputs) => node switch
    {
        Relu => $"torch.relu({inputs[0]})",
        MaxPool2d p => $"nn.functional.max_pool2d({inputs[0]}, {p.Kernel}, stride={p.Stride})",
        GlobalAveragePool => $"{inputs[0]}.mean(dim=(2, 3))",
        Flatten => $"{inputs[0]}.flatten(1)",
        Add => $"{inputs[0]} + {inputs[1]}",
        _ => $"self.{node.Id}({inputs[0]})",
    };

    private static bool IsClipped(FakeQuantize node) => node.Training is { Gradient: StraightThrough.Clipped };

    /// <summary>Layer → largest integer, and whether each output channel has a scale.</summary>
    private static string Widths(IReadOnlyList<Node> nodes) => string.Join(", ", nodes.OfType<Weighted>().Where(n => n.Quantized is { Latent: true }).Select(n =>
        $"\"{n.Id}\": ({IntegerWeights.Highest(n.Quantized!.Bits)}, {(n.Quantized.Granularity == Granularity.PerChannel ? "True" : "False")})"));

    private static string NoBias(Weighted node) => node.Bias ? "" : ", bias=False";

    private static string Shape(Architecture architecture) => string.Join(", ", architecture.Input);

    private static string List(double[] values) => $"[{string.Join(", ", values.Select(Number))}]";

    /// <summary>The shortest text that reads back as the same double, with a point so that Python sees a float.</summary>
    private static string Number(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }
}
