using System.IO.Compression;
using CsCheck;
using Ledger.Domain;
using Ledger.Runner.Data;
using Ledger.Tests.Data;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class DataFuzzTests
{
    private static readonly byte[] Images = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2, .. Enumerable.Range(0, 16).Select(value => (byte)value)];

    private static readonly byte[] Labels = [0, 0, 8, 1, 0, 0, 0, 4, 3, 1, 4, 1];

    [Fact]
    public async Task An_IDX_file_is_read_or_refused()
    {
        using var file = new ScratchFile("images");
        await Fuzz.Reader(
            Gen.OneOf(Mutations.Of([Images, Labels]), Mutations.Of([Zipped(Images), Zipped(Labels)]), Mutations.Of([Images, Labels]).Select(Zipped)), few: 1500,
            bytes => _ = (IdxFile.Read(file.With(bytes), rank: 3), IdxFile.Read(file.Path, rank: 1)), refusal => refusal is BadInput);
    }

    [Fact]
    public async Task A_CIFAR_file_is_read_or_refused()
    {
        string folder = Path.GetDirectoryName(Directory.GetFiles(Samples.Cifar10.Folder)[0])!;
        using var file = new ScratchFile("test_batch.bin");
        await Fuzz.Reader(
            Mutations.Of([File.ReadAllBytes(Path.Combine(folder, "test_batch.bin"))]), few: 500, bytes => CifarDataset.Ten.Read(Path.GetDirectoryName(file.With(bytes))!, "test"), refusal => refusal is BadInput);
    }

    private static byte[] Zipped(byte[] bytes)
    {
        using var into = new MemoryStream();
        using (var zip = new GZipStream(into, CompressionLevel.Fastest))
            zip.Write(bytes);
        return into.ToArray();
    }
}
