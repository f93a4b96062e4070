using Ledger.Domain.Runs;

namespace Ledger.Runner.Measures;

/// <summary>Makes metric values. What is not finite is recorded as absent, as JSON has no word for it.</summary>
internal static class Figure
{
    /// <summary>A number without unit: a norm, a ratio of two, an entropy in nats.</summary>
    public static MetricValue Ratio(string name, double value, string? layer = null) => Of(name, value, "ratio", layer);

    public static MetricValue Nats(string name, double value, string? layer = null) => Of(name, value, "nats", layer);

    public static MetricValue Count(string name, long value, string? layer = null) => Of(name, value, "count", layer);

    public static MetricValue Bytes(string name, long value) => Of(name, value, "bytes", null);

    public static MetricValue Bits(string name, double value) => Of(name, value, "bits", null);

    public static MetricValue Fraction(string name, double value, string? layer = null) => Of(name, value, "fraction", layer);

    /// <summary>Not a number when one of the values is not.</summary>
    public static double Largest(IReadOnlyCollection<double> values) => values.Any(double.IsNaN) ? double.NaN : values.Max();

    private static MetricValue Of(string name, double value, string unit, string? layer) =>
        new(name, double.IsFinite(value) ? value : null, unit, MetricClass.Computed, layer);
}
