namespace Ledger.Domain.Models;

/// <summary>
/// What one node costs: parameters, stored values and multiply-accumulates for one example. Additions of biases, normalisation,
/// activations and pooling count no multiply-accumulates, as is usual.
/// </summary>
/// <param name="Weights">Entries of the weight matrix of a convolution or linear layer.</param>
/// <param name="Biases">Entries of its bias.</param>
/// <param name="Affine">Learned scale and shift of a batch normalisation.</param>
/// <param name="Statistics">Running mean and variance of a batch normalisation: stored, not parameters.</param>
/// <param name="Positions">How many outputs one weight takes part in (1 for a linear layer).</param>
/// <param name="DeploymentBytes">Size when stored for use; see <see cref="Cost.DeploymentBytes"/>.</param>
public sealed record NodeCost(string Id, long Weights, long Biases, long Affine, long Statistics, long Positions, long DeploymentBytes)
{
    public long Parameters => Weights + Biases + Affine;

    public long Macs => Weights * Positions;

    public long DenseBytes => Cost.FloatBytes * (Parameters + Statistics);
}

/// <summary>Size and work of a network, as a function of its graph alone. All counts are exact.</summary>
public static class Cost
{
    internal const int FloatBytes = 4;

    private const int FloatBits = 8 * FloatBytes;

    public static IReadOnlyList<NodeCost> Of(Architecture architecture)
    {
        var shapes = Shapes.Of(architecture);
        return [.. architecture.Nodes.Select(node => Of(node, shapes[node.Id]))];
    }

    /// <summary>Weights, biases and batch-norm scales and shifts; zeros count.</summary>
    public static long Parameters(Architecture architecture) => Of(architecture).Sum(node => node.Parameters);

    /// <summary>Multiply-accumulates of convolutions and linear layers for one example; zeros count.</summary>
    public static long Macs(Architecture architecture) => Of(architecture).Sum(node => node.Macs);

    /// <summary>
    /// Multiply-accumulates with a nonzero weight: what ideal sparse hardware would do. It predicts no speed-up on a CPU.
    /// </summary>
    /// <param name="nonzeroWeights">Node id → nonzero entries of its weight, for every convolution and linear layer.</param>
    public static long EffectiveMacs(Architecture architecture, IReadOnlyDictionary<string, long> nonzeroWeights) =>
        Of(architecture).Where(node => node.Weights > 0).Sum(node => nonzeroWeights[node.Id] * node.Positions);

    /// <summary>The same graph stored as float32, batch-norm statistics included.</summary>
    public static long DenseBytes(Architecture architecture) => Of(architecture).Sum(node => node.DenseBytes);

    /// <summary>
    /// Bytes to store for use, without container and without sparse formats: float32 values 4 each; b-bit weights packed into
    /// ⌈b·n/8⌉ bytes a layer, their scales 4 each; biases 4 each; a quantized activation 8 (scale and zero point).
    /// </summary>
    public static long DeploymentBytes(Architecture architecture) => Of(architecture).Sum(node => node.DeploymentBytes);

    /// <summary>Bits in which one weight of a convolution or linear layer is stored, the mean over all of them; 32 as float32.</summary>
    public static double WeightBits(Architecture architecture)
    {
        var costs = Of(architecture).ToDictionary(cost => cost.Id, cost => cost.Weights);
        var layers = architecture.Nodes.OfType<Weighted>().ToList();
        return layers.Sum(layer => (double)(layer.Quantized?.Bits ?? FloatBits) * costs[layer.Id]) / layers.Sum(layer => costs[layer.Id]);
    }

    /// <summary>Bits of the values that convolutions and linear layers read, the mean over these layers; 32 as float32.</summary>
    public static double ActivationBits(Architecture architecture)
    {
        var nodes = architecture.Nodes.ToDictionary(node => node.Id);
        return architecture.Nodes.OfType<Weighted>().Average(layer => Bits(layer.Inputs[0]));

        double Bits(string id) => nodes.GetValueOrDefault(id) switch
        {
            FakeQuantize quantizer => quantizer.Bits,
            MaxPool2d or Flatten => Bits(nodes[id].Inputs[0]),
            _ => FloatBits,
        };
    }

    private static NodeCost Of(Node node, int[] shape) => node switch
    {
        Conv2d n => Layer(n, (long)n.OutChannels * n.InChannels * n.Kernel * n.Kernel, n.OutChannels, (long)shape[1] * shape[2]),
        Linear n => Layer(n, (long)n.OutFeatures * n.InFeatures, n.OutFeatures, 1),
        BatchNorm2d n => new NodeCost(n.Id, 0, 0, 2L * n.Channels, 2L * n.Channels, 0, 4L * n.Channels * FloatBytes),
        FakeQuantize n => new NodeCost(n.Id, 0, 0, 0, 0, 0, 2 * FloatBytes),
        _ => new NodeCost(node.Id, 0, 0, 0, 0, 0, 0),
    };

    private static NodeCost Layer(Weighted node, long weights, long outputs, long positions)
    {
        var biases = node.Bias ? outputs : 0;
        var stored = node.Quantized switch
        {
            null => weights * FloatBytes,
            { Granularity: Granularity.PerTensor } q => Packed(q.Bits, weights) + FloatBytes,
            { } q => Packed(q.Bits, weights) + (outputs * FloatBytes),
        };
        return new NodeCost(node.Id, weights, biases, 0, 0, positions, stored + (biases * FloatBytes));
    }

    private static long Packed(int bits, long values) => ((bits * values) + 7) / 8;
}
