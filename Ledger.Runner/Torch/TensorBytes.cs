using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using static TorchSharp.torch;

namespace Ledger.Runner.Torch;

/// <summary>Torch tensors as named bytes and back. The bytes are the values exactly, row-major, whatever the tensor's strides.</summary>
public static class TensorBytes
{
    private const int MostDigests = 512;

    /// <exception cref="ArgumentException">An element type the ledger does not store.</exception>
    public static NamedTensor Name(string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var dense = tensor.detach().cpu().contiguous();
        return new NamedTensor(name, TypeOf(tensor.dtype), tensor.shape, dense.bytes.ToArray());
    }

    /// <summary>A new tensor on the CPU, without gradient.</summary>
    public static Tensor ToTensor(NamedTensor named)
    {
        var tensor = empty(named.Shape, TypeOf(named.Type), CPU);
        named.Data.Span.CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>SHA-256 of the state as a canonical safetensors file: what the artifact store will call it.</summary>
    public static ContentHash Digest(IReadOnlyList<NamedTensor> state) => ContentHash.Of(SafeTensors.Write(state));

    /// <summary>For <c>EpochCompleted.TensorDigests</c>: a few digits for each tensor, in the order of names; null of more tensors than an event has room for.</summary>
    public static string? Digests(IReadOnlyList<NamedTensor> state) => state.Count > MostDigests
        ? null
        : string.Concat(state.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => ContentHash.Of(tensor.Data.Span).ToString()[..FirstDifference.TensorDigits]));

    private static TensorType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorType.F32,
        ScalarType.Int8 => TensorType.I8,
        ScalarType.Int16 => TensorType.I16,
        ScalarType.Int64 => TensorType.I64,
        ScalarType.Byte => TensorType.U8,
        _ => throw new ArgumentException($"tensors of {type} are not stored; expected Float32, Int8, Int16, Int64 or Byte", nameof(type)),
    };

    private static ScalarType TypeOf(TensorType type) => type switch
    {
        TensorType.F32 => ScalarType.Float32,
        TensorType.I8 => ScalarType.Int8,
        TensorType.I16 => ScalarType.Int16,
        TensorType.I64 => ScalarType.Int64,
        TensorType.U8 => ScalarType.Byte,
        _ => throw new ArgumentException($"tensors of {type} are not read; expected F32, I8, I16, I64 or U8", nameof(type)),
    };
}
