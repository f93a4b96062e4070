using BitMiracle.LibJpeg.Classic;

namespace Ledger.Tests.Fuzzing;

/// <summary>JPEG images of the kinds that a decoder meets, and one that costs far more than it weighs.</summary>
internal static class Jpegs
{
    /// <summary>Markers and the beginnings of segments.</summary>
    public static readonly string[] Tokens = ["\u00ff", "JFIF", "Exif", "Adobe"];

    public static IReadOnlyList<byte[]> All { get; } = [Of(24, 1, progressive: false), Of(24, 3, progressive: false, restart: 2), Of(24, 1, progressive: true), Of(24, 3, progressive: true)];

    /// <summary>A progressive image of many pixels whose second scan, a few bytes that give every block nothing, comes again and again.</summary>
    public static byte[] ManyScans()
    {
        byte[] image = Of(2048, 1, progressive: true, flat: true);
        var scans = Segments(image).Where(segment => image[segment.Start + 1] == 0xda).ToList();
        byte[] again = image[scans[0].End..scans[1].End];
        // From the first coefficient to the last, in full precision: that may be said twice.
        int script = again.AsSpan().IndexOf([(byte)0xff, (byte)0xda]) + 7;
        (again[script], again[script + 1], again[script + 2]) = (1, 63, 0);
        return [.. image[..scans[0].End], .. Enumerable.Repeat(again, 4000).SelectMany(scan => scan), 0xff, 0xd9];
    }

    private static byte[] Of(int size, int components, bool progressive, int restart = 0, bool flat = false)
    {
        using var into = new MemoryStream();
        var encoder = new jpeg_compress_struct(new jpeg_error_mgr()) { Image_width = size, Image_height = size, Input_components = components, In_color_space = components == 1 ? J_COLOR_SPACE.JCS_GRAYSCALE : J_COLOR_SPACE.JCS_RGB };
        encoder.jpeg_stdio_dest(into);
        encoder.jpeg_set_defaults();
        encoder.Restart_interval = restart;
        if (progressive)
            encoder.jpeg_simple_progression();
        encoder.jpeg_start_compress(write_all_tables: true);
        for (int y = 0; y < size; y++)
            encoder.jpeg_write_scanlines([[.. Enumerable.Range(0, size * components).Select(x => flat ? (byte)128 : (byte)(x * y * 7))]], 1);
        encoder.jpeg_finish_compress();
        return into.ToArray();
    }

    /// <summary>Marker segments with the entropy-coded bytes behind them.</summary>
    private static IEnumerable<(int Start, int End)> Segments(byte[] image)
    {
        for (int start = 2; image[start + 1] != 0xd9;)
        {
            int end = start + 2 + (image[start + 2] << 8 | image[start + 3]);
            while (image[start + 1] == 0xda && (image[end] != 0xff || image[end + 1] == 0 || image[end + 1] is >= 0xd0 and <= 0xd7))
                end++;
            yield return (start, end);
            start = end;
        }
    }
}
