using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Ledger.Domain.Onnx;

/// <summary>
/// A protocol-buffers message being written (protobuf.dev/programming-guides/encoding): just the wire types ONNX needs. Fields come out in the
/// order in which they are added, so that equal calls give equal bytes.
/// </summary>
internal sealed class ProtoMessage
{
    private const int VarintType = 0, LengthType = 2, Fixed32Type = 5;

    private readonly ArrayBufferWriter<byte> bytes = new();

    public ProtoMessage Integer(int field, long value)
    {
        Tag(field, VarintType);
        Varint((ulong)value);
        return this;
    }

    public ProtoMessage Float(int field, float value)
    {
        Tag(field, Fixed32Type);
        Span<byte> four = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        bytes.Write(four);
        return this;
    }

    public ProtoMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, LengthType);
        Varint((ulong)value.Length);
        bytes.Write(value);
        return this;
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Message(int field, ProtoMessage value) => Bytes(field, value.bytes.WrittenSpan);

    public ProtoMessage All<T>(IEnumerable<T> values, Action<ProtoMessage, T> add)
    {
        foreach (var value in values)
            add(this, value);
        return this;
    }

    public byte[] ToArray() => bytes.WrittenSpan.ToArray();

    private void Tag(int field, int type) => Varint(((ulong)field << 3) | (uint)type);

    private void Varint(ulong value)
    {
        for (; value > 0x7F; value >>= 7)
            bytes.Write([(byte)(value | 0x80)]);
        bytes.Write([(byte)value]);
    }
}
