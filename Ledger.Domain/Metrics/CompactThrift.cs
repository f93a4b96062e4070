namespace Ledger.Domain.Metrics;

/// <summary>
/// The parts of Thrift's compact protocol (thrift/doc/specs/thrift-compact-protocol.md) that Parquet's metadata is written in, from bytes nobody
/// vouches for: a struct as its fields by number, an integer as <see cref="long"/>, bytes as <see cref="ReadOnlyMemory{T}"/>, a list as a list. Maps and
/// lists of lists or truth values are refused: no metadata has any.
/// </summary>
internal sealed class CompactThrift(ReadOnlyMemory<byte> bytes)
{
    private const int True = 1, False = 2, Byte = 3, I16 = 4, I64 = 6, Double = 7, Binary = 8, List = 9, Struct = 12, Deepest = 12;

    /// <summary>How many bytes were read.</summary>
    public int At { get; private set; }

    private int Left => bytes.Length - At;

    /// <exception cref="InvalidDataException">Other bytes, or too few.</exception>
    public IReadOnlyDictionary<int, object> Fields(int depth = 0)
    {
        if (depth > Deepest)
            throw new InvalidDataException("metadata nested too deep");
        var fields = new Dictionary<int, object>();
        int field = 0;
        for (int header = Next(); header != 0; header = Next())
        {
            field += header >> 4 is > 0 and var delta ? delta : throw new InvalidDataException("a field of metadata out of order");
            fields.Add(field, Value(header & 15, depth));
        }

        return fields;
    }

    private object Value(int type, int depth) => type switch
    {
        True or False => type == True,
        Byte => (long)(sbyte)Next(),
        >= I16 and <= I64 => Whole(),
        Double => Take(8),
        Binary => Take(Varint()),
        List => Items(depth),
        Struct => Fields(depth + 1),
        _ => throw new InvalidDataException($"metadata of type {type}"),
    };

    private List<object> Items(int depth)
    {
        int header = Next(), type = header & 15;
        ulong count = header >> 4 is < 15 and var few ? (ulong)few : Varint();
        if (count > (ulong)Left || type is True or False or List)
            throw new InvalidDataException($"a list of {count} values of type {type}");
        var items = new List<object>();
        while ((ulong)items.Count < count)
            items.Add(Value(type, depth));
        return items;
    }

    private long Whole()
    {
        ulong zigzag = Varint();
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    // At most ten bytes, of which the last has one bit: any more would mean different numbers to different readers.
    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Next();
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
                return value;
        }

        throw new InvalidDataException("a number of metadata that is too large");
    }

    private ReadOnlyMemory<byte> Take(ulong count)
    {
        if (count > (ulong)Left)
            throw new InvalidDataException("metadata that is cut off");
        At += (int)count;
        return bytes.Slice(At - (int)count, (int)count);
    }

    private byte Next() => Left > 0 ? bytes.Span[At++] : throw new InvalidDataException("metadata that is cut off");
}
