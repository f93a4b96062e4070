using System.Buffers.Binary;
using System.Text;

namespace Ledger.Domain.Metrics;

/// <summary>
/// Columns of a Parquet file (github.com/apache/parquet-format) in the one of its many forms that <see cref="Outcomes"/> writes: one group of rows, and
/// of each column one page, plain and uncompressed. The bytes are nobody's word: a size is believed when as many bytes are there, so that reading
/// takes no more time and memory than the file is large. Every member throws <see cref="InvalidDataException"/> where the file is another.
/// </summary>
internal sealed class ParquetColumns
{
    // As parquet.thrift numbers them: fields of the metadata, fields of a page's header, kinds of values.
    private const int Schema = 2, Groups = 4, Type = 1, Repetition = 3, Name = 4, Columns = 1, GroupRows = 3, Chunk = 3, Path = 3, Codec = 4, FirstPage = 9;
    private const int Stored = 3, Data = 5, PageValues = 1, PageEncoding = 2;
    private const int Truth = 0, Integer = 1, Double = 5, Bytes = 6;

    private readonly Dictionary<string, ParquetPage> _columns = new(StringComparer.Ordinal);

    public ParquetColumns(ReadOnlyMemory<byte> file)
    {
        var metadata = Metadata(file);
        if (Structs(metadata, Groups) is not [var group] || Number(group, GroupRows) is not (>= 0 and var rows) || rows > file.Length)
            throw new InvalidDataException("other than one group of rows");
        Rows = (int)rows;
        var kinds = Structs(metadata, Schema).Skip(1).ToLookup(kind => Text(kind.GetValueOrDefault(Name)), StringComparer.Ordinal);
        foreach (var chunk in Structs(group, Columns).Select(column => Struct(column, Chunk)))
        {
            string name = chunk.GetValueOrDefault(Path) is List<object> and [var last] ? Text(last) : "";
            if (kinds[name].ToList() is not [var kind] || !_columns.TryAdd(name, new ParquetPage(Number(kind, Type), Number(kind, Repetition) == 1, Rows, Page(file, chunk))))
                throw new InvalidDataException($"a column '{name}' that the schema does not have, or has twice");
        }
    }

    public int Rows { get; }

    public bool Has(string name) => _columns.ContainsKey(name);

    /// <summary>One for each row; null where there is none.</summary>
    public int?[] Integers(string name) => Of(name, Integer).Fixed(4, BinaryPrimitives.ReadInt32LittleEndian);

    /// <inheritdoc cref="Integers"/>
    public double?[] Doubles(string name) => Of(name, Double).Fixed(8, BinaryPrimitives.ReadDoubleLittleEndian);

    /// <inheritdoc cref="Integers"/>
    public bool?[] Truths(string name) => Of(name, Truth).Bits();

    /// <inheritdoc cref="Integers"/>
    public string?[] Texts(string name) => Of(name, Bytes).Texts();

    private ParquetPage Of(string name, int type) =>
        _columns.TryGetValue(name, out var page) && page.Type == type ? page : throw new InvalidDataException($"no column {name} of type {type}");

    private static IReadOnlyDictionary<int, object> Metadata(ReadOnlyMemory<byte> file)
    {
        var bytes = file.Span;
        if (bytes.Length < 12 || !bytes[..4].SequenceEqual("PAR1"u8) || !bytes[^4..].SequenceEqual("PAR1"u8))
            throw new InvalidDataException("other bytes at the ends");
        return BinaryPrimitives.ReadInt32LittleEndian(bytes[^8..]) is >= 0 and var length && length <= bytes.Length - 12
            ? new CompactThrift(file.Slice(bytes.Length - 8 - length, length)).Fields()
            : throw new InvalidDataException($"metadata of {BinaryPrimitives.ReadInt32LittleEndian(bytes[^8..])} bytes");
    }

    private ReadOnlyMemory<byte> Page(ReadOnlyMemory<byte> file, IReadOnlyDictionary<int, object> chunk)
    {
        if (Number(chunk, Codec) != 0 || Number(chunk, FirstPage) is not (>= 0 and var at) || at > file.Length)
            throw new InvalidDataException("a column that is compressed or begins nowhere");
        var thrift = new CompactThrift(file[(int)at..]);
        var header = thrift.Fields();
        var values = Struct(header, Data);
        if (Number(values, PageValues) != Rows || Number(values, PageEncoding) != 0 || Number(header, Stored) is not (>= 0 and var size) || size > file.Length - at - thrift.At)
            throw new InvalidDataException($"a page that is cut off, not plain, or of other than {Rows} values");
        return file.Slice((int)at + thrift.At, (int)size);
    }

    private static long? Number(IReadOnlyDictionary<int, object> fields, int field) => fields.GetValueOrDefault(field) is long number ? number : null;

    private static string Text(object? bytes) => bytes is ReadOnlyMemory<byte> text ? Encoding.UTF8.GetString(text.Span) : "";

    private static IReadOnlyDictionary<int, object> Struct(IReadOnlyDictionary<int, object> fields, int field) =>
        fields.GetValueOrDefault(field) as IReadOnlyDictionary<int, object> ?? throw new InvalidDataException($"no field {field} of the metadata");

    private static List<IReadOnlyDictionary<int, object>> Structs(IReadOnlyDictionary<int, object> fields, int field) =>
        fields.GetValueOrDefault(field) is List<object> items ? [.. items.OfType<IReadOnlyDictionary<int, object>>()] : [];
}
