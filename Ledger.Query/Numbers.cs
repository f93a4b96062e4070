using System.Globalization;

namespace Ledger.Query;

/// <summary>How numbers are written for people. JSON and CSV get them whole.</summary>
public static class Numbers
{
    private static readonly string[] Sizes = ["", "k", "M", "G", "T"];

    /// <summary>Mean and sample standard deviation (n − 1), added in the order given; the deviation is null below two values.</summary>
    public static (double Mean, double? Deviation) Spread(IReadOnlyList<double> values)
    {
        double mean = values.Sum() / values.Count;
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, values.Count > 1 ? Math.Sqrt(squares / (values.Count - 1)) : null);
    }

    /// <summary><c>84.2 ± 0.4</c>, or <c>84.2</c> of a single value; a dash of none. Fractions become percent.</summary>
    public static string Percent(double? mean, double? deviation) => (mean, deviation) switch
    {
        (null, _) => "–",
        ({ } m, null) => $"{100 * m:0.0}",
        ({ } m, { } d) => $"{100 * m:0.0} ± {100 * d:0.0}",
    };

    /// <summary>Three significant digits and a thousand's letter: <c>421 k</c>, <c>1.69 M</c>.</summary>
    public static string Count(double? value, string unit = "")
    {
        if (value is not { } number)
            return "–";
        int size = 0;
        while (Math.Abs(number) >= 999.5 && size < Sizes.Length - 1)
            (number, size) = (number / 1000, size + 1);
        string digits = size == 0 && number == Math.Floor(number) ? $"{number:0}" : Significant(number);
        return $"{digits} {Sizes[size]}{unit}".TrimEnd();
    }

    /// <summary>Three significant digits.</summary>
    public static string Significant(double? value) => value is not { } number
        ? "–"
        : Math.Abs(number) switch { 0 => "0", >= 100 => $"{number:0}", >= 10 => $"{number:0.0}", >= 0.01 => $"{number:0.00}", _ => number.ToString("0.0e0", CultureInfo.InvariantCulture) };

    /// <summary><c>1 h 02 min</c>, <c>3 min 05 s</c>, <c>7.1 s</c>.</summary>
    public static string Duration(TimeSpan? time) => time switch
    {
        null => "–",
        { TotalHours: >= 1 } t => $"{(int)t.TotalHours} h {t.Minutes:00} min",
        { TotalMinutes: >= 1 } t => $"{t.Minutes} min {t.Seconds:00} s",
        { } t => $"{t.TotalSeconds:0.0} s",
    };

    /// <summary>UTC to the minute.</summary>
    public static string Minute(DateTimeOffset? time) => time is { } t ? t.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "–";

    /// <summary>UTC to the second.</summary>
    public static string Time(DateTimeOffset? time) => time is { } t ? t.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "–";
}
