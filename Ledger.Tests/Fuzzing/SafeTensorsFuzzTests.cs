using System.Buffers.Binary;
using CsCheck;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Runner.Training.Checkpoints;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class SafeTensorsFuzzTests
{
    private static readonly byte[][] Samples =
    [
        SafeTensors.Write([new("a", TensorType.U8, [], new byte[1]), new("b.weight", TensorType.F32, [2, 3], new byte[24]), new("c", TensorType.F16, [0, 7], default)]),
        SafeTensors.Write([new("layer.0", TensorType.I64, [4], new byte[32])], new Dictionary<string, string>(StringComparer.Ordinal) { ["state_digest"] = new('a', 64), ["format"] = "pt" }),
    ];

    /// <summary>Headers with the size before them that they have, and as many bytes behind them as the samples.</summary>
    private static readonly Gen<byte[]> Headers = Gen.Select(Mutations.Json([.. Samples.Select(Header)]), Mutations.One(0, 1, 25, 32)).Select((header, data) => File(header, data));

    [Fact]
    public async Task A_file_of_tensors_is_read_or_refused() =>
        await Fuzz.Reader(Gen.OneOf(Mutations.Of(Samples, "dtype", "shape", "data_offsets", "[0,", "9223372036854775807", "__metadata__", "\\ud800"), Headers), few: 6000, Read, refusal => refusal is CorruptSafeTensors);

    [Fact]
    public async Task A_checkpoint_is_one_or_passed_over()
    {
        string folder = Directory.CreateTempSubdirectory("ledger-fuzz-").FullName;
        await Fuzz.Reader(
            Gen.OneOf(Mutations.Of(Samples), Headers), few: 300,
            bytes =>
            {
                string path = Path.Combine(folder, $"epoch-000003-{ContentHash.Of(bytes)}.safetensors");
                System.IO.File.WriteAllBytes(path, bytes);
                foreach (var file in CheckpointFile.In(folder))
                    _ = file.Read();
                System.IO.File.Delete(path);
            },
            _ => false);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("epoch-99999999999-{0}.safetensors")]
    [InlineData("epoch-٠٠٠٠٠١-{0}.safetensors")]
    [InlineData("epoch-000001-{0}.safetensors\n")]
    public void A_file_of_another_name_is_no_checkpoint(string name)
    {
        using var file = new ScratchFile(string.Format(System.Globalization.CultureInfo.InvariantCulture, name, new string('a', 64)));
        file.With([]);

        CheckpointFile.In(file.Folder).ShouldBeEmpty();
    }

    private static void Read(byte[] bytes)
    {
        foreach (var tensor in SafeTensors.Read(bytes).Tensors)
            tensor.Data.Length.ShouldBe(checked((int)(SafeTensors.ElementSize(tensor.Type) * tensor.Shape.Aggregate(1L, (size, dimension) => size * dimension))));
    }

    private static byte[] Header(byte[] file) => file[8..(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file))];

    private static byte[] File(byte[] header, int data)
    {
        byte[] file = [.. new byte[8], .. header, .. new byte[data]];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        return file;
    }
}
