using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>A truncated layer.</summary>
/// <param name="Rank">r.</param>
/// <param name="Kept">Σ_{j≤r} σ_j² / Σσ_j².</param>
/// <param name="Tail">‖σ_{&gt;r}‖_q / ‖σ‖_q with the q asked for; with q = 2 the relative Frobenius error.</param>
internal sealed record Truncation(Weighted Layer, int Rank, double Kept, double Tail);

/// <summary>Low rank by truncated singular value decomposition, as <see cref="TruncatedRank"/> says; in float64, rounded once.</summary>
internal static class LowRankFactors
{
    public static (ModelState Model, IReadOnlyList<Truncation> Layers) Truncate(ModelState model, TruncatedRank spec)
    {
        var layers = PrunedLayers.Of(model.Architecture, spec.Head ? spec.Except : [.. spec.Except ?? [], "last"]);
        var done = new List<Truncation>();
        foreach (var layer in layers)
            model = Truncate(model, layer, spec.Rank, done);
        return (model, done);
    }

    /// <summary>The rank the rule gives to a spectrum, at least 1.</summary>
    /// <param name="sigma">Singular values, falling.</param>
    public static int Rank(RankRule rule, IReadOnlyList<double> sigma) => rule switch
    {
        FixedRank fixedRank => Math.Min(fixedRank.Rank, sigma.Count),
        EnergyKept energy => Smallest(sigma, r => sigma.Take(r).Sum(s => s * s) >= energy.Energy.Value * sigma.Sum(s => s * s)),
        TailAtMost tail => Smallest(sigma, r => Tail(sigma, r, tail.Q) <= tail.Epsilon.Value),
        _ => throw new NotSupportedException($"no rank by {rule}"),
    };

    /// <summary>‖σ_{&gt;r}‖_q / ‖σ‖_q; 0 for a matrix of zeros.</summary>
    public static double Tail(IReadOnlyList<double> sigma, int rank, int q)
    {
        double Size(IEnumerable<double> values) => q == 1 ? values.Sum() : Math.Sqrt(values.Sum(value => value * value));
        var whole = Size(sigma);
        return whole > 0 ? Size(sigma.Skip(rank)) / whole : 0;
    }

    private static int Smallest(IReadOnlyList<double> sigma, Predicate<int> isEnough) =>
        Enumerable.Range(1, sigma.Count).First(r => r == sigma.Count || isEnough(r));

    private static ModelState Truncate(ModelState model, Weighted layer, RankRule rule, List<Truncation> done)
    {
        using var scope = NewDisposeScope();
        var named = model.Tensors[$"{layer.Id}.weight"];
        var matrix = TensorBytes.ToTensor(named).reshape(named.Shape[0], -1).to(float64);
        var (u, s, vt) = linalg.svd(matrix, false);
        var sigma = s.data<double>().ToArray();
        var rank = Rank(rule, sigma);
        var energy = sigma.Sum(value => value * value);
        done.Add(new Truncation(layer, rank, energy > 0 ? sigma.Take(rank).Sum(value => value * value) / energy : 1, Tail(sigma, rank, (rule as TailAtMost)?.Q ?? 2)));
        if (rank == sigma.Length)
            return model;
        var root = s.narrow(0, 0, rank).sqrt();
        var (left, right) = (u.narrow(1, 0, rank) * root, root.unsqueeze(1) * vt.narrow(0, 0, rank));
        var (outputs, inputs) = (matrix.shape[0], matrix.shape[1]);
        return rank * (outputs + inputs) < outputs * inputs
            ? Factored(model, layer, left, right)
            : model.With(Float(named.Name, left.matmul(right), named.Shape));
    }

    /// <summary>In place of the layer <c>{id}_b</c> to r features or channels, without bias, and <c>{id}_a</c>, linear or 1 × 1, with its bias.</summary>
    private static ModelState Factored(ModelState model, Weighted layer, Tensor left, Tensor right)
    {
        var (first, second, rank) = ($"{layer.Id}_b", $"{layer.Id}_a", (int)left.shape[1]);
        Node[] factors = layer switch
        {
            Conv2d conv =>
            [
                new Conv2d(first, conv.Inputs, conv.InChannels, rank, conv.Kernel, conv.Stride, conv.Padding, Bias: false),
                new Conv2d(second, [first], rank, conv.OutChannels, Kernel: 1, Stride: 1, Padding: 0, conv.Bias),
            ],
            Linear linear => [new Linear(first, linear.Inputs, linear.InFeatures, rank, Bias: false), new Linear(second, [first], rank, linear.OutFeatures, linear.Bias)],
            _ => throw new NotSupportedException($"no factors of {layer}"),
        };
        var shape = model.Tensors[$"{layer.Id}.weight"].Shape;
        long[] into = [rank, .. shape[1..]], outOf = [shape[0], rank, .. shape[2..].Select(_ => 1L)];
        var nodes = model.Architecture.Nodes.SelectMany(node => node.Id == layer.Id ? factors : [Graphs.Redirect(node, layer.Id, second)]);
        var rest = model.Tensors.Values.Where(tensor => tensor.Name != $"{layer.Id}.weight")
            .Select(tensor => tensor.Name == $"{layer.Id}.bias" ? tensor with { Name = $"{second}.bias" } : tensor);
        return ModelState.Of(
            model.Architecture with { Nodes = [.. nodes] }, [.. rest, Float($"{first}.weight", right, into), Float($"{second}.weight", left, outOf)]);
    }

    private static Domain.Artifacts.NamedTensor Float(string name, Tensor values, long[] shape) =>
        TensorBytes.Name(name, values.to(float32).reshape(shape));
}
