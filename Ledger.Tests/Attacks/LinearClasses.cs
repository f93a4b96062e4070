using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

/// <summary>
/// A linear network of four classes on 2 × 3 grey pixels, and images whose minimal distances follow from its weights: to class c it is that
/// of the hyperplane (w_c − w_y)·x + b_c − b_y = 0, within the box where the threat clips.
/// </summary>
internal sealed class LinearClasses : IDisposable
{
    public const int Classes = 4, Size = 6;

    private readonly float[] _weights;
    private readonly float[] _biases;

    public LinearClasses(int seed, Normalize? normalize = null)
    {
        var random = new Random(seed);
        _weights = [.. Enumerable.Range(0, Classes * Size).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        _biases = [.. Enumerable.Range(0, Classes).Select(_ => (float)(random.NextDouble() / 4))];
        IReadOnlyList<Node> nodes =
        [
            .. normalize is null ? [] : new Node[] { normalize },
            new Flatten("flat", [normalize?.Id ?? Architecture.Pixels]),
            new Linear("head", ["flat"], Size, Classes, Bias: true),
        ];
        Network = Network.Load(new Architecture([1, 2, 3], Classes, nodes),
            [LinearNets.Floats("head.weight", [Classes, Size], _weights), LinearNets.Floats("head.bias", [Classes], _biases)]);
    }

    public Network Network { get; }

    /// <summary>Images with pixels from a range, labelled as the network sees them, whose margin is far above float32's rounding.</summary>
    public (Tensor Pixels, long[] Labels) Images(int count, int from, int to)
    {
        var random = new Random(from + to);
        byte[] values = [.. Enumerable.Range(0, 20 * count * Size).Select(_ => (byte)random.Next(from, to + 1))];
        var pixels = tensor(values, [20 * count, 1, 2, 3]);
        var (highest, classes) = Network.Forward(AttackEvaluation.InUnitRange(pixels)).topk(2);
        var chosen = tensor((highest.select(1, 0) - highest.select(1, 1)).data<float>().ToArray().Index()
            .Where(margin => margin.Item > 0.05f).Select(margin => (long)margin.Index).Take(count).ToArray());
        return (pixels.index_select(0, chosen), classes.select(1, 0).index_select(0, chosen).data<long>().ToArray());
    }

    /// <summary>Of each image, in pixels: the nearest boundary to another class, and within the box.</summary>
    public double[] Distances(Norm norm, Tensor pixels, long[] labels, bool box)
    {
        var values = AttackEvaluation.InUnitRange(pixels).flatten(1).to(ScalarType.Float64);
        var points = values.data<double>().ToArray().Chunk(Size).ToArray();
        return [.. points.Select((x, row) => Enumerable.Range(0, Classes).Where(c => c != labels[row]).Min(c => Distance(norm, x, (int)labels[row], c, box)))];
    }

    private double Distance(Norm norm, double[] x, int own, int other, bool box)
    {
        double[] w = [.. Enumerable.Range(0, Size).Select(i => (double)_weights[(other * Size) + i] - _weights[(own * Size) + i])];
        var excess = w.Zip(x, (a, b) => a * b).Sum() + _biases[other] - _biases[own];
        double[] far = [.. x.Select(_ => double.PositiveInfinity)];
        Tensor Row(double[] values) => tensor(values, [1, values.Length]);
        var (down, up) = box ? (Row(x), Row([.. x.Select(value => 1 - value)])) : (Row(far), Row(far));
        var step = norm == Norm.Linf
            ? HyperplaneProjection.Linf(tensor(new[] { excess }), Row(w), down, up)
            : HyperplaneProjection.L2(tensor(new[] { excess }), Row(w), down, up);
        var left = (step.flatten() * tensor(w)).sum().item<double>() + excess;
        if (Math.Abs(left) > 1e-9)
            return double.PositiveInfinity;
        return norm == Norm.Linf ? step.abs().max().item<double>() : step.square().sum().sqrt().item<double>();
    }

    public void Dispose() => Network.Dispose();
}
