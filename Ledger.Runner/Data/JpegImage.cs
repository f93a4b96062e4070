using BitMiracle.LibJpeg.Classic;

namespace Ledger.Runner.Data;

/// <summary>
/// JPEG by the Independent JPEG Group's decoder in its managed form. Halved chroma is scaled up in the transform, as the group's version 8 does;
/// libjpeg-turbo interpolates afterwards and comes out about one grey level away on average. What the decoder would warn of and go on from (a file
/// cut off, bytes too many) is an error here, since the pixels would be made up.
/// </summary>
internal static class JpegImage
{
    /// <summary>More than any encoder makes. Each takes time for all the pixels, however few its bytes.</summary>
    private const int MostScans = 100;

    /// <exception cref="InvalidDataException">With the decoder's own words.</exception>
    public static ImageFile Decode(byte[] bytes)
    {
        if (bytes.AsSpan().Count([(byte)0xff, (byte)0xda]) is > MostScans and var scans)
            throw new InvalidDataException($"a JPEG image of {scans} scans");
        var decoder = new jpeg_decompress_struct(new Strict());
        using var stream = new MemoryStream(bytes);
        decoder.jpeg_stdio_src(stream);
        decoder.jpeg_read_header(require_image: true);
        ImageFile.CheckSize(decoder.Image_width, decoder.Image_height);
        if (decoder.Num_components is not (1 or 3))
            throw new InvalidDataException($"a JPEG image of {decoder.Num_components} components");
        decoder.Out_color_space = decoder.Num_components == 1 ? J_COLOR_SPACE.JCS_GRAYSCALE : J_COLOR_SPACE.JCS_RGB;
        decoder.jpeg_start_decompress();
        var stride = decoder.Output_width * decoder.Output_components;
        var values = new byte[stride * decoder.Output_height];
        byte[][] line = [new byte[stride]];
        while (decoder.Output_scanline < decoder.Output_height)
        {
            var row = decoder.Output_scanline;
            decoder.jpeg_read_scanlines(line, 1);
            line[0].CopyTo(values, row * stride);
        }

        decoder.jpeg_finish_decompress();
        return ImageFile.FromInterleaved(decoder.Output_components, decoder.Output_height, decoder.Output_width, values);
    }

    private sealed class Strict : jpeg_error_mgr
    {
        public override void error_exit() => throw new InvalidDataException(format_message());

        /// <param name="msg_level">−1 is a warning of corrupt data; above are traces.</param>
        public override void emit_message(int msg_level)
        {
            if (msg_level < 0)
                throw new InvalidDataException(format_message());
        }

        public override void output_message()
        {
        }
    }
}
