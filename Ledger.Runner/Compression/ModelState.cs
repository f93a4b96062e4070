using System.Numerics;
using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Runner.Compression;

/// <summary>A network in plain memory: its graph, and its tensors by name. Changed only by making another.</summary>
public sealed record ModelState(Architecture Architecture, IReadOnlyDictionary<string, NamedTensor> Tensors)
{
    public static ModelState Of(Architecture architecture, IEnumerable<NamedTensor> tensors) =>
        new(architecture, tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal));

    public IEnumerable<Weighted> Layers => Architecture.Nodes.OfType<Weighted>();

    /// <summary>A copy of a float32 tensor's values, row-major.</summary>
    public float[] Floats(string name)
    {
        var tensor = Tensors[name];
        return tensor.Type == TensorType.F32
            ? MemoryMarshal.Cast<byte, float>(tensor.Data.Span).ToArray()
            : throw new InvalidDataException($"tensor '{name}' holds {tensor.Type}, not F32");
    }

    /// <summary>The same network with some tensors replaced or added.</summary>
    public ModelState With(params IEnumerable<NamedTensor> tensors)
    {
        var changed = new Dictionary<string, NamedTensor>(Tensors, StringComparer.Ordinal);
        foreach (var tensor in tensors)
            changed[tensor.Name] = tensor;
        return this with { Tensors = changed };
    }

    /// <summary>Learned values that are not zero, of those <see cref="Cost.Parameters"/> counts.</summary>
    public long NonzeroParameters() => Tensors.Values.Where(IsParameter).Sum(Nonzeros);

    /// <summary>Node id → nonzero entries of its weight, for every convolution and linear layer.</summary>
    public IReadOnlyDictionary<string, long> NonzeroWeights() =>
        Layers.ToDictionary(layer => layer.Id, layer => Nonzeros(Tensors[$"{layer.Id}.weight"]), StringComparer.Ordinal);

    internal static NamedTensor Floats(string name, long[] shape, ReadOnlySpan<float> values) =>
        new(name, TensorType.F32, shape, MemoryMarshal.AsBytes(values).ToArray());

    private static bool IsParameter(NamedTensor tensor) =>
        tensor.Name.EndsWith(".weight", StringComparison.Ordinal) || tensor.Name.EndsWith(".bias", StringComparison.Ordinal);

    private static long Nonzeros(NamedTensor tensor) => tensor.Type switch
    {
        TensorType.F32 => Count(MemoryMarshal.Cast<byte, float>(tensor.Data.Span)),
        TensorType.I8 => Count(MemoryMarshal.Cast<byte, sbyte>(tensor.Data.Span)),
        TensorType.I16 => Count(MemoryMarshal.Cast<byte, short>(tensor.Data.Span)),
        _ => throw new InvalidDataException($"tensor '{tensor.Name}' holds {tensor.Type}; expected F32, I8 or I16"),
    };

    private static long Count<T>(ReadOnlySpan<T> values)
        where T : INumberBase<T>
    {
        long count = 0;
        foreach (var value in values)
            count += T.IsZero(value) ? 0 : 1;
        return count;
    }
}

/// <summary>How many of <c>n</c> a ratio means: round(ratio·n) in exact arithmetic, halves up.</summary>
public static class Share
{
    public static int Of(Exact ratio, int n) =>
        (int)BigInteger.Divide((2 * ratio.Numerator * n) + ratio.Denominator, 2 * ratio.Denominator);
}
