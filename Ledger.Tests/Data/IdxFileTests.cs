using System.IO.Compression;
using Ledger.Domain;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class IdxFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("ledger-idx-").FullName;

    private static byte[] TwoImages => [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Sizes_are_big_endian_and_values_follow()
    {
        var images = IdxFile.Read(Written(TwoImages), rank: 3);

        images.Shape.ShouldBe([2, 1, 3]);
        images.Values.ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public void Gzip_makes_no_difference() =>
        IdxFile.Read(Written(Gzipped(TwoImages)), rank: 3).Values.ShouldBe([1, 2, 3, 4, 5, 6]);

    public static TheoryData<string, byte[], string, string> Broken => new()
    {
        { "empty", [], "first bytes", "0000" },
        { "another magic", [1, .. TwoImages[1..]], "01000803", "0000 (IDX)" },
        { "floats", [0, 0, 13, .. TwoImages[3..]], "type 13", "type 8 (unsigned byte)" },
        { "labels for images", [0, 0, 8, 1, 0, 0, 0, 1, 7], "1 dimensions", "3 dimensions" },
        { "cut in the header", TwoImages[..9], "a header of 9 bytes", "16 bytes" },
        { "cut in the values", TwoImages[..^1], "only 5 values", "6 values (2 × 1 × 3, as its header says)" },
        { "trailing bytes", [.. TwoImages, 0], "more values", "6 values" },
        { "no images", [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], "0 × 1 × 1", "sizes from 1" },
        { "a promise of 2^60 values", [0, 0, 8, 3, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0], "16777216 × 16777216", "at most" },
        { "gzip cut", Gzipped(TwoImages)[..^12], "", "" },
        { "gzip with a wrong checksum", [.. Gzipped(TwoImages)[..^8], 0, 0, 0, 0, .. Gzipped(TwoImages)[^4..]], "", "" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_file_is_named_with_what_was_found_and_expected(string what, byte[] bytes, string found, string expected)
    {
        var path = Written(bytes);

        var problem = Should.Throw<BadInput>(() => IdxFile.Read(path, rank: 3), what).Problems.ShouldHaveSingleItem();

        problem.File.ShouldBe(path);
        problem.Found.ShouldContain(found);
        problem.Expected.ShouldContain(expected);
    }

    [Fact]
    public void A_missing_file_is_bad_input() =>
        Should.Throw<BadInput>(() => IdxFile.Read(Path.Combine(folder, "none"), rank: 3)).Message.ShouldContain("none");

    private string Written(byte[] bytes)
    {
        var path = Path.Combine(folder, "file");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Gzipped(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.NoCompression))
            gzip.Write(bytes);
        return target.ToArray();
    }
}
