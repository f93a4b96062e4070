using Ledger.Domain;

namespace Ledger.Runner.Data;

/// <summary>A decoded image: 1 (grey) or 3 (red, green, blue) channels of unsigned bytes, channel by channel, rows from the top.</summary>
/// <param name="Shape">Channels × height × width.</param>
internal sealed record ImageFile(int[] Shape, byte[] Pixels)
{
    /// <summary>Pixels of the largest image that is decoded; a header that promises more is not believed.</summary>
    public const int MostPixels = 1 << 24;

    public string Size => string.Join(" × ", Shape);

    /// <summary>By the first bytes, whatever the name. Decoding is integer arithmetic in managed code, so that every machine gets the same pixels.</summary>
    /// <exception cref="BadInput">Naming the file: not an image, broken, cut off, or of a kind that is not read.</exception>
    public static ImageFile Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            return bytes switch
            {
                [0xff, 0xd8, 0xff, ..] => JpegImage.Decode(bytes),
                [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => PngImage.Decode(bytes),
                _ => throw new InvalidDataException($"the first bytes {Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(4, bytes.Length)))}"),
            };
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            // An index out of range is how the JPEG decoder meets some broken tables.
            throw new BadInput(new Problem(problem.Message, "a whole PNG or JPEG image, grey or colour, without transparency", File: path));
        }
    }

    /// <summary>From rows of pixels with their channels side by side.</summary>
    public static ImageFile FromInterleaved(int channels, int height, int width, ReadOnlySpan<byte> values)
    {
        var pixels = new byte[channels * height * width];
        var plane = height * width;
        for (var channel = 0; channel < channels; channel++)
        {
            for (var at = 0; at < plane; at++)
                pixels[(channel * plane) + at] = values[(at * channels) + channel];
        }

        return new ImageFile([channels, height, width], pixels);
    }

    /// <exception cref="InvalidDataException">No pixels, or more than are read.</exception>
    public static void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1 || width > MostPixels / height)
            throw new InvalidDataException($"an image of {height} × {width} pixels (1 to {MostPixels} are read)");
    }
}
