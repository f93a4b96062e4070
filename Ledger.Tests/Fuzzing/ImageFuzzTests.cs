using CsCheck;
using Ledger.Domain;
using Ledger.Runner.Data;
using Ledger.Tests.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class ImageFuzzTests
{
    private static readonly byte[][] Rows = [.. Enumerable.Range(0, 6).Select(y => Enumerable.Range(0, 6).Select(x => (byte)(x * y)).ToArray())];

    private static readonly byte[][] Pixels = [Pngs.Of(6, 0, Rows), Pngs.Of(2, 2, Rows, filter: 4, step: 3), Pngs.Of(6, 3, Rows, extra: ("PLTE", [.. Enumerable.Range(0, 78).Select(i => (byte)i)]))];

    /// <summary>Images whose check sums hold: headers, palettes and rows of any kind.</summary>
    private static readonly Gen<byte[]> Sound = Gen.Select(
        Mutations.Of([Pngs.Header(6, 6, 0), Pngs.Header(2, 6, 2), Pngs.Header(6, 6, 3), Pngs.Header(4096, 4096, 2)]), Mutations.Of([new byte[78]]), Gen.OneOf(Mutations.Of([new byte[42], new byte[60]]).Select(Pngs.Deflated), Mutations.Of([Pngs.Deflated(new byte[42])])),
        Mutations.One("IDAT", "IHDR", "PLTE", "IEND", "tEXt"),
        (header, palette, rows, other) => Pngs.File(("IHDR", header), ("PLTE", palette), ("IDAT", rows), (other, rows), ("IEND", [])));

    [Fact]
    public async Task A_PNG_image_is_decoded_or_refused() => await Try(Gen.OneOf(Mutations.Of(Pixels, "IHDR", "IDAT", "IEND", "tRNS"), Sound), few: 800);

    [Fact]
    public async Task A_JPEG_image_is_decoded_or_refused() =>
        await Try(Mutations.Of([.. Directory.GetFiles(Samples.Folder.Folder, "*.jpg", SearchOption.AllDirectories).Select(File.ReadAllBytes), .. Jpegs.All], Jpegs.Tokens), few: 500);

    [Fact]
    public void A_large_image_of_one_colour_costs_no_more_than_its_pixels() =>
        One(Pngs.File(("IHDR", Pngs.Header(4096, 4096, 3)), ("PLTE", new byte[3]), ("IDAT", Pngs.Deflated(new byte[4097 * 4096])), ("IEND", [])));

    [Fact]
    public void A_JPEG_image_of_more_scans_than_anybody_makes_is_refused_soon() => One(Jpegs.ManyScans());

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(-1, 1)]
    [InlineData(1 << 24, 1 << 24)]
    [InlineData(int.MinValue, int.MinValue)]
    public void An_image_of_more_pixels_than_can_be_counted_is_refused(int width, int height)
    {
        using var file = new ScratchFile("image");

        Should.Throw<BadInput>(() => ImageFile.Read(file.With(Pngs.File(("IHDR", Pngs.Header(width, height, 0)), ("IDAT", Pngs.Deflated(new byte[4])), ("IEND", []))))).Message.ShouldContain("pixels (1 to 16777216 are read)");
    }

    private static void One(byte[] image)
    {
        using var file = new ScratchFile("image");
        Fuzz.Read(image, bytes => ImageFile.Read(file.With(bytes)), refusal => refusal is BadInput);
    }

    private static async Task Try(Gen<byte[]> cases, int few)
    {
        using var file = new ScratchFile("image");
        await Fuzz.Reader(cases, few, bytes => ImageFile.Read(file.With(bytes)), refusal => refusal is BadInput);
    }
}
