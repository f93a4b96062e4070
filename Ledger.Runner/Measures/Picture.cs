namespace Ledger.Runner.Measures;

/// <summary>One image as plain numbers: channels × height × width, in [0, 1], row by row.</summary>
public sealed record Picture(float[] Values, int Channels, int Height, int Width)
{
    public int Size => Height * Width;

    public float this[int channel, int row, int column] => Values[(channel * Size) + (row * Width) + column];

    /// <summary>A picture of the same shape, each value a function of its place; kept in [0, 1].</summary>
    public Picture Map(Func<int, int, int, double> value)
    {
        var values = new float[Values.Length];
        for (int at = 0, channel = 0; channel < Channels; channel++)
        {
            for (var row = 0; row < Height; row++)
            {
                for (var column = 0; column < Width; column++)
                    values[at++] = (float)Math.Clamp(value(channel, row, column), 0, 1);
            }
        }
        return this with { Values = values };
    }

    /// <summary>The value between pixels by bilinear interpolation; black outside.</summary>
    public double Between(int channel, double row, double column)
    {
        var (top, left) = ((int)Math.Floor(row), (int)Math.Floor(column));
        var (down, right) = (row - top, column - left);
        return ((1 - down) * (((1 - right) * OrBlack(channel, top, left)) + (right * OrBlack(channel, top, left + 1))))
            + (down * (((1 - right) * OrBlack(channel, top + 1, left)) + (right * OrBlack(channel, top + 1, left + 1))));
    }

    /// <summary>The value at a place; black outside.</summary>
    public float OrBlack(int channel, int row, int column) =>
        row >= 0 && row < Height && column >= 0 && column < Width ? this[channel, row, column] : 0;

    /// <summary>The value at a place; outside, that of the nearest pixel.</summary>
    public float OrNearest(int channel, int row, int column) => this[channel, Math.Clamp(row, 0, Height - 1), Math.Clamp(column, 0, Width - 1)];
}
