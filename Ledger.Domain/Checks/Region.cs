using System.Globalization;
using System.Text.Json.Serialization;

namespace Ledger.Domain.Checks;

/// <summary>A comparison with a number, as written in a claim: <c>&lt; 0.05</c>, <c>&gt;= 0.8</c>.</summary>
/// <param name="Op">One of &lt;, &lt;=, =, &gt;=, &gt;.</param>
public sealed record Bound(string Op, double Value)
{
    public static readonly IReadOnlyList<string> Ops = ["<", "<=", "=", ">=", ">"];

    public bool Holds(double value) => Op switch
    {
        "<" => value < Value,
        "<=" => value <= Value,
        ">" => value > Value,
        ">=" => value >= Value,
        _ => value == Value,
    };

    /// <summary>1 where large values satisfy it, −1 where small ones do, 0 for equality.</summary>
    [JsonIgnore]
    public int Sign => Op[0] switch { '>' => 1, '<' => -1, _ => 0 };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Op} {Value}");
}

/// <summary>An end of a region.</summary>
/// <param name="Included">Whether the value itself lies inside.</param>
public readonly record struct Edge(double Value, bool Included);

/// <summary>Where a quantity has to lie for a claim to hold: an interval of numbers, open to one side or closed on both.</summary>
public sealed record Region(Edge? Low, Edge? High)
{
    /// <exception cref="ArgumentException">An equality, which no interval can show.</exception>
    public static Region Of(Bound bound) => bound.Op switch
    {
        ">" or ">=" => new(new Edge(bound.Value, bound.Op == ">="), null),
        "<" or "<=" => new(null, new Edge(bound.Value, bound.Op == "<=")),
        _ => throw new ArgumentException($"'{bound}' has no side.", nameof(bound)),
    };

    /// <summary>Strictly less than <paramref name="distance"/> from zero.</summary>
    public static Region Within(double distance) => new(new Edge(-distance, false), new Edge(distance, false));

    public bool Holds(double value) => !Under(value) && !Over(value);

    public bool Under(double value) => Low is { } low && (low.Included ? value < low.Value : value <= low.Value);

    public bool Over(double value) => High is { } high && (high.Included ? value > high.Value : value >= high.Value);
}
