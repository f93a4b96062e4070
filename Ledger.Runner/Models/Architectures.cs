using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models.Zoo;

namespace Ledger.Runner.Models;

/// <summary>
/// The networks an experiment can name. A new one is a file in <c>Zoo/</c> and a line here.
/// </summary>
public static class Architectures
{
    private static readonly IReadOnlyList<(ModelKind Kind, Func<ModelSpec, int[], int, IReadOnlyList<Node>> Nodes)> Zoo =
    [
        (new("eight-layer-conv"), EightLayerConv.Nodes),
        (new("mlp", Hidden: true), Mlp.Nodes),
        (new("resnet18", Bias: false), ResNet.EighteenLayers),
        (new("resnet-small", Width: 16, Bias: false, Depths: new(8, 6)), ResNet.Small),
        (new("small-cnn"), SmallCnn.Nodes),
        (new("vgg16"), Vgg.SixteenLayers),
        (new("vgg-small", Width: 32), Vgg.Small),
        (new("wrn", Width: null, Bias: false, Depths: new(10, 6)), WideResNet.Nodes),
    ];

    public static IReadOnlyList<ModelKind> Kinds { get; } = [.. Zoo.Select(entry => entry.Kind)];

    /// <param name="input">Shape of one example, channels × height × width.</param>
    /// <exception cref="BadInput">No such network, settings it cannot take, or images it is too deep for.</exception>
    public static Architecture Build(ModelSpec spec, int[] input, int classes)
    {
        var (kind, nodes) = Zoo.FirstOrDefault(entry => entry.Kind.Name == spec.Kind);
        if (kind is null)
            throw new BadInput(new Problem($"the model {spec.Kind}", $"one of {string.Join(", ", Kinds.Select(known => known.Name))}"));
        var problems = Problems(kind, spec, input).ToList();
        return problems.Count == 0 ? Fitting(spec, new Architecture(input, classes, nodes(spec, input, classes))) : throw new BadInput(problems);
    }

    private static Architecture Fitting(ModelSpec spec, Architecture architecture)
    {
        try
        {
            Shapes.Of(architecture);
            return architecture;
        }
        catch (InvalidDataException misfit)
        {
            throw new BadInput(new Problem($"images of {string.Join(" × ", architecture.Input)}", $"larger ones for {spec.Kind}: {misfit.Message}"));
        }
    }

    private static IEnumerable<Problem> Problems(ModelKind kind, ModelSpec spec, int[] input)
    {
        if (!(spec.Width > 0))
            yield return new Problem($"width {spec.Width}", "a number above 0");
        if (spec.Hidden.Any(width => width < 1))
            yield return new Problem($"hidden widths {string.Join(", ", spec.Hidden)}", "whole numbers from 1");
        if (kind.Depths is { } depths && (spec.Depth is not { } depth || !depths.Has(depth)))
            yield return new Problem(spec.Depth is null ? "no depth" : $"depth {spec.Depth}", depths.ToString());
        if (spec.Rank < 1)
            yield return new Problem($"rank {spec.Rank}", "a whole number from 1");
        var (means, deviations) = (spec.Normalize.Mean.Length, spec.Normalize.Std.Length);
        if (means != input[0] || deviations != input[0])
            yield return new Problem($"normalisation with {means} means and {deviations} deviations", $"one of each for the {input[0]} channels of the data");
        if (spec.Normalize.Std.Any(deviation => !(deviation > 0)))
            yield return new Problem($"deviations {string.Join(", ", spec.Normalize.Std)}", "numbers above 0");
    }
}
