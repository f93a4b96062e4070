using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Runner.Measures;

/// <summary>
/// The weight of one layer as a matrix [outputs, inputs], a convolution's as [out, in·kh·kw]. A low-rank layer is stored as two and acts as
/// their product, which goes by both names: <c>a+b</c>.
/// </summary>
/// <param name="Nodes">One, or those that are multiplied, in evaluation order.</param>
internal sealed record LayerMatrix(string Id, IReadOnlyList<Weighted> Nodes, DenseMatrix Matrix)
{
    public Weighted First => Nodes[0];

    public Weighted Last => Nodes[^1];

    public bool IsLinear => Nodes.All(node => node is Linear);
}

/// <summary>The layers of a network, in evaluation order.</summary>
/// <param name="Applied">As they act: where one feeds another without anything between, only their product.</param>
/// <param name="All">Those, and the factors of each product before it.</param>
internal sealed record LayerMatrices(IReadOnlyList<LayerMatrix> Applied, IReadOnlyList<LayerMatrix> All)
{
    /// <param name="model">With float32 weights.</param>
    public static LayerMatrices Of(ModelState model)
    {
        var stored = model.Layers.Select(node => new LayerMatrix(node.Id, [node], Matrix(model, node))).ToDictionary(layer => layer.Id, StringComparer.Ordinal);
        var groups = new List<List<Weighted>>();
        foreach (var node in model.Layers)
        {
            var before = groups.FirstOrDefault(group => Multiplies(model.Architecture, group[^1], node));
            if (before is null)
                groups.Add([node]);
            else
                before.Add(node);
        }

        var applied = groups.ConvertAll(group => Product([.. group.Select(node => stored[node.Id])]));
        return new LayerMatrices(applied, [.. applied.SelectMany(Parts)]);

        IEnumerable<LayerMatrix> Parts(LayerMatrix layer) => layer.Nodes.Count == 1 ? [layer] : [.. layer.Nodes.Select(node => stored[node.Id]), layer];
    }

    /// <summary>Whether the second takes the first's output, alone and unchanged, so that the two are one linear map.</summary>
    private static bool Multiplies(Architecture architecture, Weighted first, Weighted second) =>
        second.Inputs[0] == first.Id && architecture.Nodes.Count(node => node.Inputs.Contains(first.Id)) == 1
        && (first, second) is (Linear, Linear) or (Conv2d, Conv2d { Kernel: 1, Stride: 1, Padding: 0 });

    private static LayerMatrix Product(IReadOnlyList<LayerMatrix> factors) => factors.Count == 1 ? factors[0] : new LayerMatrix(
        string.Join('+', factors.Select(factor => factor.Id)),
        [.. factors.SelectMany(factor => factor.Nodes)],
        factors.Select(factor => factor.Matrix).Aggregate((product, next) => next.Times(product)));

    private static DenseMatrix Matrix(ModelState model, Weighted node)
    {
        var rows = (int)model.Tensors[$"{node.Id}.weight"].Shape[0];
        double[] values = Array.ConvertAll(model.Floats($"{node.Id}.weight"), value => (double)value);
        return new DenseMatrix(rows, values.Length / rows, values);
    }
}
