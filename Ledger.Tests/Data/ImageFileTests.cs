using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class ImageFileTests : IDisposable
{
    private static readonly byte[][] Grey = [[0, 10, 255], [7, 200, 3]];

    private static readonly byte[][] Colour = [[.. Enumerable.Range(0, 15).Select(value => (byte)(value * 47))], [.. Enumerable.Range(0, 15).Select(value => (byte)(value * 91))]];

    private readonly string path = Path.GetTempFileName();

    private static byte[] Jpeg => File.ReadAllBytes(Path.Combine(Samples.Folder.Folder, "train", "cat", "0000.jpg"));

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Png_rows_are_read_under_every_filter(int filter)
    {
        var grey = Read(Pngs.Of(3, colour: 0, Grey, filter));
        var colour = Read(Pngs.Of(5, colour: 2, Colour, filter, step: 3));

        grey.Shape.ShouldBe([1, 2, 3]);
        grey.Pixels.ShouldBe(Grey.SelectMany(row => row));
        colour.Shape.ShouldBe([3, 2, 5]);
        for (var channel = 0; channel < 3; channel++)
            colour.Pixels[(channel * 10)..((channel + 1) * 10)].ShouldBe(Colour.SelectMany(row => row.Where((_, at) => at % 3 == channel)));
    }

    [Fact]
    public void A_palette_gives_its_colours() =>
        Read(Pngs.Of(2, colour: 3, [[1, 0]], extra: ("PLTE", [1, 2, 3, 4, 5, 6]))).Pixels.ShouldBe([4, 1, 5, 2, 6, 3]);

    [Fact]
    public void A_jpeg_has_the_same_pixels_on_every_machine()
    {
        var image = Read(Jpeg);

        image.Shape.ShouldBe([3, 32, 32]);
        ContentHash.Of(image.Pixels).ToString().ShouldBe("4f1471851e8022304b73977fc0e7558adeb90c446088ac700e51009935fbe2f7");
    }

    public static TheoryData<string, byte[], string> Broken => new()
    {
        { "empty", [], "the first bytes " },
        { "text", "<html>"u8.ToArray(), "the first bytes 3c68746d" },
        { "a JPEG cut off", Jpeg[..500], "Premature end of JPEG file" },
        { "a JPEG of twelve bytes", Jpeg[..12], "Premature end of JPEG file" },
        { "a JPEG with bytes too many", [.. Jpeg[..^2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff, 0xd9], "extraneous bytes" },
        { "a PNG cut off", Pngs.Of(3, 0, Grey)[..^5], "a PNG image that is cut off" },
        { "a PNG of its signature", Pngs.Of(3, 0, Grey)[..8], "a PNG image that is cut off" },
        { "a PNG with a bit turned", [.. Pngs.Of(3, 0, Grey)[..20], 0xff, .. Pngs.Of(3, 0, Grey)[21..]], "a PNG image with a wrong check sum" },
        { "sixteen bits", Pngs.Of(1, 0, [[0, 1]], bits: 16), "a PNG image of 16 bits, colour type 0" },
        { "transparency", Pngs.Of(1, 6, [[0, 1, 2, 3]], step: 4), "a PNG image of 8 bits, colour type 6" },
        { "a transparent palette", Pngs.Of(1, 3, [[0]], extra: [("PLTE", [1, 2, 3]), ("tRNS", [0])]), "a PNG image with transparency" },
        { "interlacing", Pngs.Of(1, 0, [[0]], interlace: 1), "interlacing 1" },
        { "no palette", Pngs.Of(1, 3, [[0]]), "colour 0 of a palette of 0" },
        { "a colour beyond the palette", Pngs.Of(1, 3, [[2]], extra: ("PLTE", [1, 2, 3])), "colour 2 of a palette of 1" },
        { "a row short", Pngs.File(("IHDR", Pngs.Header(3, 3, 0)), ("IDAT", Pngs.Deflated(new byte[8])), ("IEND", [])), "a PNG image with too few pixels" },
        { "a row more", Pngs.File(("IHDR", Pngs.Header(3, 1, 0)), ("IDAT", Pngs.Deflated(new byte[8])), ("IEND", [])), "a PNG image with too many pixels" },
        { "an unknown filter", Pngs.File(("IHDR", Pngs.Header(1, 1, 0)), ("IDAT", Pngs.Deflated([9, 0])), ("IEND", [])), "the row filter 9" },
        { "a promise of 2^62 pixels", Pngs.File(("IHDR", Pngs.Header(int.MaxValue, int.MaxValue, 2)), ("IDAT", []), ("IEND", [])), "2147483647 × 2147483647 pixels" },
        { "no pixels", Pngs.File(("IHDR", Pngs.Header(0, 5, 2)), ("IEND", [])), "an image of 5 × 0 pixels" },
        { "no header first", Pngs.File(("IDAT", []), ("IEND", [])), "a PNG image that begins with IDAT" },
        { "pixels that are not compressed", Pngs.File(("IHDR", Pngs.Header(1, 1, 0)), ("IDAT", [1, 2, 3, 4]), ("IEND", [])), "" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_image_names_its_file(string what, byte[] bytes, string found)
    {
        var problem = Should.Throw<BadInput>(() => Read(bytes), what).Problems.ShouldHaveSingleItem();

        problem.File.ShouldBe(path);
        problem.Found.ShouldContain(found);
    }

    [Fact]
    public void A_jpeg_cut_anywhere_is_refused()
    {
        var whole = Jpeg;

        for (var length = 0; length < whole.Length; length += 7)
            Should.Throw<BadInput>(() => Read(whole[..length]), $"{length} bytes");
    }

    private ImageFile Read(byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return ImageFile.Read(path);
    }
}
