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
    private static readonly SortedDictionary<string, Func<ModelSpec, int[], int, IReadOnlyList<Node>>> Zoo = new(StringComparer.Ordinal)
    {
        ["eight-layer-conv"] = EightLayerConv.Nodes,
        ["mlp"] = Mlp.Nodes,
        ["small-cnn"] = SmallCnn.Nodes,
    };

    public static IReadOnlyCollection<string> Names => Zoo.Keys;

    /// <param name="input">Shape of one example, channels × height × width.</param>
    /// <exception cref="BadInput">No such network, or settings it cannot take.</exception>
    public static Architecture Build(ModelSpec spec, int[] input, int classes)
    {
        if (!Zoo.TryGetValue(spec.Kind, out var nodes))
            throw new BadInput(new Problem($"the model {spec.Kind}", $"one of {string.Join(", ", Names)}"));
        var problems = Problems(spec, input).ToList();
        return problems.Count == 0 ? new Architecture(input, classes, nodes(spec, input, classes)) : throw new BadInput(problems);
    }

    private static IEnumerable<Problem> Problems(ModelSpec spec, int[] input)
    {
        if (!(spec.Width > 0))
            yield return new Problem($"width {spec.Width}", "a number above 0");
        if (spec.Hidden.Any(width => width < 1))
            yield return new Problem($"hidden widths {string.Join(", ", spec.Hidden)}", "whole numbers from 1");
        var (means, deviations) = (spec.Normalize.Mean.Length, spec.Normalize.Std.Length);
        if (means != input[0] || deviations != input[0])
            yield return new Problem($"normalisation with {means} means and {deviations} deviations", $"one of each for the {input[0]} channels of the data");
        if (spec.Normalize.Std.Any(deviation => !(deviation > 0)))
            yield return new Problem($"deviations {string.Join(", ", spec.Normalize.Std)}", "numbers above 0");
    }
}
