namespace Ledger.Query.Reports.Plots;

/// <summary>Round numbers along a numeric axis, and where values lie between its ends.</summary>
/// <param name="Low">Value at the beginning.</param>
/// <param name="High">Value at the end, above <paramref name="Low"/>.</param>
/// <param name="At">The ticks, from low to high.</param>
internal sealed record Ticks(double Low, double High, bool Logarithmic, IReadOnlyList<double> At)
{
    /// <summary>The ends are ticks themselves: steps of 1, 2 or 5 times a power of ten.</summary>
    public static Ticks Linear(double least, double most, int about = 6)
    {
        if (least == most)
            (least, most) = least == 0 ? (0, 1) : (Math.Min(0, least), Math.Max(0, most));
        double rough = (most - least) / about;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        // A tick more than half a step beyond the data would be empty paper.
        long first = (long)Math.Floor((least / step) + 1e-9), last = (long)Math.Ceiling((most / step) - 1e-9);
        return new Ticks(first * step, last * step, false, [.. Whole(first, last).Select(i => i * step)]);
    }

    /// <summary>Powers of ten, and 2 and 5 times these where there are few.</summary>
    public static Ticks Log(double least, double most)
    {
        int first = (int)Math.Floor(Math.Log10(least) + 1e-9), last = (int)Math.Ceiling(Math.Log10(most) - 1e-9);
        last = Math.Max(last, first + 1);
        double[] within = last - first <= 2 ? [1, 2, 5] : [1];
        var at = Whole(first, last).SelectMany(power => within.Select(times => times * Math.Pow(10, power))).ToList();
        double low = at.Last(tick => tick <= least * 1.0001), high = at.FirstOrDefault(tick => tick >= most * 0.9999, Math.Pow(10, last));
        return new Ticks(low, high, true, [.. at.Where(tick => tick >= low && tick <= high)]);
    }

    /// <summary>From 0 at the low end to 1 at the high end.</summary>
    public double Place(double value) => Logarithmic
        ? (Math.Log10(value) - Math.Log10(Low)) / (Math.Log10(High) - Math.Log10(Low))
        : (value - Low) / (High - Low);

    /// <summary>From 10,000 on with a thousand's letter; six digits after the point at most.</summary>
    public static string Text(double value) => Math.Abs(value) switch
    {
        >= 1e9 => $"{value / 1e9:0.######} G",
        >= 1e6 => $"{value / 1e6:0.######} M",
        >= 1e4 => $"{value / 1e3:0.######} k",
        _ => $"{value:0.######}",
    };

    private static IEnumerable<long> Whole(long first, long last) => Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + i);
}
