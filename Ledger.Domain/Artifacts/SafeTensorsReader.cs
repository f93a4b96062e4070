using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Ledger.Domain.Artifacts;

/// <summary>
/// Reads bytes nobody vouches for: every size, offset and name is checked before it is used, and the data section must
/// be covered exactly, so that nothing can hide between or behind the tensors.
/// </summary>
internal static class SafeTensorsReader
{
    // The limit of the reference implementation.
    private const long LargestHeader = 100_000_000;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private sealed record Extent(NamedTensor Tensor, long Begin, long End);

    public static TensorFile Read(ReadOnlyMemory<byte> file)
    {
        int start = HeaderEnd(file.Span);
        ReadOnlyMemory<byte> data = file[start..];
        using JsonDocument header = Parse(file[sizeof(ulong)..start]);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var extents = new List<Extent>();
        foreach (JsonProperty entry in header.RootElement.EnumerateObject())
        {
            string name = Text(() => entry.Name, "a tensor's name");
            if (name == SafeTensors.MetadataKey)
                ReadMetadata(entry.Value, metadata);
            else
                extents.Add(Tensor(name, entry.Value, data, start));
        }

        RefuseGaps(extents, data.Length, start);
        return new TensorFile([.. extents.Select(e => e.Tensor).OrderBy(t => t.Name, StringComparer.Ordinal)], metadata);
    }

    private static int HeaderEnd(ReadOnlySpan<byte> file)
    {
        if (file.Length < sizeof(ulong))
            throw new CorruptSafeTensors(0, $"a file of {file.Length} bytes", "at least 8 bytes for the header's size");
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (size > LargestHeader)
            throw new CorruptSafeTensors(0, $"a header of {size} bytes", $"at most {LargestHeader}");
        if ((long)size > file.Length - sizeof(ulong))
            throw new CorruptSafeTensors(0, $"a header of {size} bytes", $"at most the {file.Length - sizeof(ulong)} bytes that follow");
        return sizeof(ulong) + (int)size;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> header)
    {
        if (header.IsEmpty || header.Span[0] != '{')
            throw new CorruptSafeTensors(sizeof(ulong), "no '{'", "a header that begins with '{'");
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(header.Span);
            return JsonDocument.Parse(header, Strict);
        }
        catch (Exception invalid) when (invalid is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            throw new CorruptSafeTensors(sizeof(ulong), $"a header that is not JSON ({invalid.Message})", "a JSON object with each key once", invalid);
        }
    }

    private static void ReadMetadata(JsonElement entry, Dictionary<string, string> metadata)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw new CorruptSafeTensors(sizeof(ulong), $"{SafeTensors.MetadataKey} of kind {entry.ValueKind}", "an object of strings");
        foreach (JsonProperty item in entry.EnumerateObject())
        {
            string key = Text(() => item.Name, "a metadata key");
            if (item.Value.ValueKind != JsonValueKind.String)
                throw new CorruptSafeTensors(sizeof(ulong), $"metadata '{key}' of kind {item.Value.ValueKind}", "a string");
            metadata.Add(key, Text(() => item.Value.GetString()!, $"metadata '{key}'"));
        }
    }

    private static Extent Tensor(string name, JsonElement entry, ReadOnlyMemory<byte> data, int start)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw new CorruptSafeTensors(sizeof(ulong), $"'{name}' of kind {entry.ValueKind}", "an object with dtype, shape and data_offsets");
        TensorType type = Type(name, entry);
        long[] shape = Numbers(name, entry, "shape");
        long[] offsets = Numbers(name, entry, "data_offsets");
        if (offsets is not [var begin, var end] || begin > end || end > data.Length)
            throw new CorruptSafeTensors(start, $"'{name}' at [{string.Join(", ", offsets)}]", $"a begin and an end within the {data.Length} bytes of data");
        if (SafeTensors.DataSize(type, shape) != end - begin)
            throw new CorruptSafeTensors(start + begin, $"'{name}' of {end - begin} bytes", $"the size of {type} [{string.Join(", ", shape)}]");
        return new Extent(new NamedTensor(name, type, shape, data[(int)begin..(int)end]), begin, end);
    }

    private static TensorType Type(string name, JsonElement entry)
    {
        string found = entry.TryGetProperty("dtype", out JsonElement type) && type.ValueKind == JsonValueKind.String
            ? Text(() => type.GetString()!, $"the dtype of '{name}'")
            : "none";
        return Enum.GetNames<TensorType>().Contains(found, StringComparer.Ordinal)
            ? Enum.Parse<TensorType>(found)
            : throw new CorruptSafeTensors(sizeof(ulong), $"'{name}' with dtype {found}", $"one of {string.Join(", ", Enum.GetNames<TensorType>())}");
    }

    private static long[] Numbers(string name, JsonElement entry, string key)
    {
        if (!entry.TryGetProperty(key, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw new CorruptSafeTensors(sizeof(ulong), $"'{name}' without a list {key}", "a list of whole numbers");
        return [.. list.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long number) && number >= 0
                ? number
                : throw new CorruptSafeTensors(sizeof(ulong), $"'{name}' with {item.GetRawText()} in {key}", "a whole number from 0"))];
    }

    private static void RefuseGaps(List<Extent> extents, int length, int start)
    {
        long at = 0;
        foreach (Extent extent in extents.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (extent.Begin != at)
                throw new CorruptSafeTensors(start + at, $"'{extent.Tensor.Name}' from {extent.Begin}", $"the next tensor from {at}, without a gap or an overlap");
            at = extent.End;
        }

        if (at != length)
            throw new CorruptSafeTensors(start + at, $"{length - at} bytes that no tensor names", "the end of the file");
    }

    private static string Text(Func<string> read, string what)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException surrogate)
        {
            throw new CorruptSafeTensors(sizeof(ulong), $"{what} with a lone surrogate", "whole Unicode characters", surrogate);
        }
    }
}

/// <summary>Bytes that are not a safetensors file. The position counts bytes from the start of the file.</summary>
public sealed class CorruptSafeTensors(long position, string found, string expected, Exception? cause = null)
    : CorruptEvidence("corrupt-safetensors", $"Not a safetensors file: at byte {position} found {found}, expected {expected}.", cause)
{
    public long Position { get; } = position;
}
