using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Ledger.Domain.Artifacts;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Artifacts;

public class SafeTensorsTests
{
    // Laid out by hand from the format's description: 8 bytes of size, header padded with spaces, data.
    private static readonly byte[] Hand = File(
        """{"__metadata__":{"format":"pt"},"a":{"data_offsets":[8,9],"dtype":"U8","shape":[]},"b":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}}""",
        [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 7]);

    private static readonly NamedTensor A = new("a", TensorType.U8, [], new byte[] { 7 });

    private static readonly NamedTensor B = new("b", TensorType.F32, [1, 2], new byte[] { 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0 });

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    [Fact]
    public void The_canonical_file_is_the_one_laid_out_by_hand() =>
        SafeTensors.Write([A, B], Metadata).ShouldBe(Hand);

    [Fact]
    public void A_file_laid_out_by_hand_is_read()
    {
        TensorFile file = SafeTensors.Read(Hand);
        file.Metadata.ShouldBe(Metadata);
        file.Tensors.Select(t => t.Name).ShouldBe(["a", "b"]);
        file["b"].Shape.ShouldBe([1, 2]);
        BinaryPrimitives.ReadSingleLittleEndian(file["b"].Data.Span[4..]).ShouldBe(-2f);
        Should.Throw<KeyNotFoundException>(() => file["c"]).Message.ShouldContain("a, b");
    }

    [Fact]
    public void What_is_written_is_read_and_the_order_given_does_not_matter() =>
        Tensors.Sample(tensors =>
        {
            byte[] bytes = SafeTensors.Write(tensors);
            NamedTensor[] read = [.. SafeTensors.Read(bytes).Tensors];
            return SafeTensors.Write(tensors.Reverse()).AsSpan().SequenceEqual(bytes)
                && SafeTensors.Write(read).AsSpan().SequenceEqual(bytes)
                && read.Length == tensors.Length
                && tensors.All(t => read.Any(r => r.Name == t.Name && r.Type == t.Type
                    && r.Shape.SequenceEqual(t.Shape) && r.Data.Span.SequenceEqual(t.Data.Span)));
        });

    [Fact]
    public void Every_tensor_is_aligned_to_its_element() =>
        Tensors.Sample(tensors =>
        {
            byte[] bytes = SafeTensors.Write(tensors);
            return SafeTensors.Read(bytes).Tensors.All(t => t.Data.Length == 0
                || (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(t.Data, out ArraySegment<byte> at)
                    && at.Offset % SafeTensors.ElementSize(t.Type) == 0));
        });

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"0","shape":[1],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,99999999999999999999]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1)]
    [InlineData("""{"a":[]}""", 0)]
    [InlineData("""{"__metadata__":{"a":1}}""", 0)]
    [InlineData("""{"__metadata__":"a"}""", 0)]
    [InlineData("[]", 0)]
    [InlineData(" {}", 0)]
    [InlineData("{", 0)]
    [InlineData("", 0)]
    public void A_file_that_breaks_the_format_is_refused(string header, int dataSize) =>
        Should.Throw<CorruptSafeTensors>(() => SafeTensors.Read(File(header, new byte[dataSize]))).ExitCode.ShouldBe(4);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    public void A_file_cut_short_is_refused(int length) =>
        Should.Throw<CorruptSafeTensors>(() => SafeTensors.Read(Hand.AsMemory(0, length)));

    [Fact]
    public void A_header_beyond_the_limit_is_refused_before_it_is_read()
    {
        byte[] file = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(file, ulong.MaxValue);
        Should.Throw<CorruptSafeTensors>(() => SafeTensors.Read(file)).Message.ShouldContain("at most 100000000");
    }

    [Fact]
    public void Damaged_bytes_give_a_file_or_that_one_refusal() =>
        Gen.Select(Gen.Int[0, Hand.Length - 1], Gen.Byte, Gen.Int[0, Hand.Length - 1], Gen.Byte).Array[1, 3].Sample(changes =>
        {
            byte[] file = [.. Hand];
            foreach ((int i, byte x, int j, byte y) in changes)
                (file[i], file[j]) = (x, y);
            return IsReadOrRefused(file);
        }, iter: 20_000);

    [Fact]
    public void Random_bytes_give_that_one_refusal() =>
        Gen.Byte.Array[0, 64].Sample(IsReadOrRefused, iter: 20_000);

    [Fact]
    public void Tensors_that_do_not_fit_together_cannot_be_written()
    {
        Should.Throw<ArgumentException>(() => SafeTensors.Write([A, A])).Message.ShouldContain("'a'");
        Should.Throw<ArgumentException>(() => SafeTensors.Write([A with { Name = "__metadata__" }]));
        Should.Throw<ArgumentException>(() => SafeTensors.Write([A with { Shape = [2] }]));
    }

    private static readonly Gen<NamedTensor[]> Tensors =
        Gen.Select(Gen.Enum<TensorType>(), Gen.Long[0, 4].Array[0, 3], Gen.String).Select((type, shape, name) =>
            {
                byte[] data = new byte[SafeTensors.DataSize(type, shape)!.Value];
                for (int i = 0; i < data.Length; i++)
                    data[i] = (byte)(i * 31 + name.Length);
                return new NamedTensor($"layer.{string.Concat(name.Where(char.IsAsciiLetterOrDigit))}.é{shape.Length}", type, shape, data);
            })
            .Array[0, 6].Select(tensors => tensors.DistinctBy(t => t.Name).ToArray());

    private static bool IsReadOrRefused(byte[] file)
    {
        try
        {
            SafeTensors.Read(file);
        }
        catch (CorruptSafeTensors refusal)
        {
            return refusal.Position <= Math.Max(file.Length, 8);
        }

        return true;
    }

    private static byte[] File(string header, byte[] data)
    {
        string padded = header.PadRight((Encoding.UTF8.GetByteCount(header) + 7) / 8 * 8);
        byte[] size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, padded.Length);
        return [.. size, .. Encoding.UTF8.GetBytes(padded), .. data];
    }
}
