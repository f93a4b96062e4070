using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Ledger.Domain.Evidence;

namespace Ledger.Domain.Artifacts;

/// <summary>Element types of a safetensors file, by the names the format gives them.</summary>
public enum TensorType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    BOOL,
}

/// <summary>A tensor as named bytes: row-major, little endian, without a library's type.</summary>
/// <param name="Shape">Sizes of the dimensions; empty for a scalar.</param>
/// <param name="Data">Exactly the product of the shape times the size of an element.</param>
public sealed record NamedTensor(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data);

/// <summary>The content of a safetensors file: tensors in the order of their names, and free text by key.</summary>
public sealed record TensorFile(IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public NamedTensor this[string name] =>
        Tensors.FirstOrDefault(t => t.Name == name)
        ?? throw new KeyNotFoundException($"There is no tensor '{name}'; there are {string.Join(", ", Tensors.Select(t => t.Name))}.");
}

/// <summary>
/// The safetensors format (huggingface.co/docs/safetensors): 8 bytes little-endian header size, a JSON header, the data.
/// Of the many files the format allows for the same tensors, <see cref="Write"/> makes one: the header is canonical JSON
/// padded with spaces to 8 bytes, the data lies with the widest elements first, then by name, so that every tensor is aligned.
/// </summary>
public static class SafeTensors
{
    internal const string MetadataKey = "__metadata__";

    internal const int Alignment = 8;

    /// <summary>Names must differ; metadata may be null for none.</summary>
    public static byte[] Write(IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        NamedTensor[] laidOut = [.. tensors.OrderByDescending(t => ElementSize(t.Type)).ThenBy(t => t.Name, StringComparer.Ordinal)];
        byte[] header = Header(laidOut, metadata);
        int padded = (header.Length + Alignment - 1) / Alignment * Alignment;
        byte[] file = new byte[sizeof(ulong) + padded + laidOut.Sum(t => (long)t.Data.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)padded);
        header.CopyTo(file, sizeof(ulong));
        file.AsSpan(sizeof(ulong) + header.Length, padded - header.Length).Fill((byte)' ');
        int at = sizeof(ulong) + padded;
        foreach (NamedTensor tensor in laidOut)
        {
            tensor.Data.Span.CopyTo(file.AsSpan(at));
            at += tensor.Data.Length;
        }

        return file;
    }

    /// <summary>Takes any valid file, canonical or not; the tensors share the given memory.</summary>
    /// <exception cref="CorruptSafeTensors"/>
    public static TensorFile Read(ReadOnlyMemory<byte> file) => SafeTensorsReader.Read(file);

    /// <summary>Bytes per element.</summary>
    public static int ElementSize(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
        TensorType.I8 or TensorType.U8 or TensorType.BOOL => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such element type."),
    };

    /// <summary>The size in bytes, or null when it passes 2^63 or a dimension is negative.</summary>
    internal static long? DataSize(TensorType type, IEnumerable<long> shape)
    {
        UInt128 size = (UInt128)ElementSize(type);
        bool empty = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0)
                return null;
            empty |= dimension == 0;
            if (!empty && (size *= (UInt128)dimension) > long.MaxValue)
                return null;
        }

        return empty ? 0 : (long)size;
    }

    private static byte[] Header(NamedTensor[] laidOut, IReadOnlyDictionary<string, string>? metadata)
    {
        var entries = new Dictionary<string, object>(StringComparer.Ordinal);
        if (metadata is { Count: > 0 })
            entries[MetadataKey] = metadata;
        long at = 0;
        foreach (NamedTensor tensor in laidOut)
        {
            if (DataSize(tensor.Type, tensor.Shape) != tensor.Data.Length)
                throw new ArgumentException($"Tensor '{tensor.Name}' has {tensor.Data.Length} bytes, which is not {tensor.Type} of shape [{string.Join(", ", tensor.Shape)}].", nameof(laidOut));
            if (tensor.Name == MetadataKey || !entries.TryAdd(tensor.Name, new Entry(tensor.Type.ToString(), tensor.Shape, [at, at += tensor.Data.Length])))
                throw new ArgumentException($"'{tensor.Name}' cannot name a tensor here: it stands for the metadata or is taken.", nameof(laidOut));
        }

        return CanonicalJson.Bytes(entries);
    }

    private sealed record Entry(
        [property: JsonPropertyName("dtype")] string Type,
        [property: JsonPropertyName("shape")] long[] Shape,
        [property: JsonPropertyName("data_offsets")] long[] Offsets);
}
