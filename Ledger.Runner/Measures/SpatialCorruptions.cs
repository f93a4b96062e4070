using Ledger.Runner.Attacks;

namespace Ledger.Runner.Measures;

/// <summary>Corruptions that mix or move pixels.</summary>
internal static class SpatialCorruptions
{
    /// <summary>
    /// Convolution with a normalised Gaussian of standard deviation amount in pixels, cut off at ⌊4 · amount + 1/2⌋, first along columns, then along
    /// rows; beyond the edge the nearest pixel goes on.
    /// </summary>
    public static Picture GaussianBlur(Picture image, double amount, ExampleNoise noise)
    {
        var radius = (int)((4 * amount) + 0.5);
        double[] kernel = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(x => Math.Exp(-x * x / (2 * amount * amount)))];
        var sum = kernel.Sum();
        double Weighted(Func<int, double> at) => Enumerable.Range(-radius, kernel.Length).Sum(x => kernel[x + radius] / sum * at(x));
        var down = image.Map((channel, row, column) => Weighted(x => image.OrNearest(channel, row + x, column)));
        return down.Map((channel, row, column) => Weighted(x => down.OrNearest(channel, row, column + x)));
    }

    /// <summary>
    /// Averages over a coarser grid of round(amount · side) cells a side (a pixel that straddles cells counts in each: adaptive average pooling),
    /// painted back without smoothing.
    /// </summary>
    public static Picture Pixelate(Picture image, double amount, ExampleNoise noise)
    {
        int rows = Cells(image.Height, amount), columns = Cells(image.Width, amount);
        return image.Map((channel, row, column) =>
        {
            var (top, bottom) = Cell(row * rows / image.Height, rows, image.Height);
            var (left, right) = Cell(column * columns / image.Width, columns, image.Width);
            var sum = 0d;
            for (var y = top; y < bottom; y++)
            {
                for (var x = left; x < right; x++)
                    sum += image[channel, y, x];
            }
            return sum / ((bottom - top) * (right - left));
        });
    }

    /// <summary>Turned about its centre by amount degrees, one way or the other, with bilinear interpolation; black comes in at the corners.</summary>
    public static Picture Rotate(Picture image, double amount, ExampleNoise noise)
    {
        var (sin, cos) = Math.SinCos((noise.Scalar() < 0.5 ? 1 : -1) * amount * Math.PI / 180);
        double middle = (image.Height - 1) / 2d, centre = (image.Width - 1) / 2d;
        return image.Map((channel, row, column) => image.Between(
            channel, middle + (cos * (row - middle)) - (sin * (column - centre)), centre + (sin * (row - middle)) + (cos * (column - centre))));
    }

    /// <summary>Moved by amount pixels in one of the eight directions of a chess king; black comes in.</summary>
    public static Picture Translate(Picture image, double amount, ExampleNoise noise)
    {
        ReadOnlySpan<(int Down, int Right)> directions = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)];
        var (down, right) = directions[(int)(noise.Scalar() * 8)];
        var far = (int)amount;
        return image.Map((channel, row, column) => image.OrBlack(channel, row - (down * far), column - (right * far)));
    }

    private static int Cells(int side, double amount) => Math.Max(1, (int)Math.Round(amount * side));

    private static (int From, int To) Cell(int number, int cells, int side) => (number * side / cells, (((number + 1) * side) + cells - 1) / cells);
}
