using System.Text.Json.Serialization;

namespace Ledger.Domain.Checks;

/// <summary>What one value of a claim is.</summary>
public enum CheckUnit
{
    /// <summary>A seed's network; the seeds of one matrix point are repetitions.</summary>
    Seed,

    /// <summary>An example, paired between networks evaluated on the same ones. Seeds count as given: a claim about these very networks.</summary>
    Example,

    /// <summary>Seeds and examples, both drawn at random: a claim about how networks are made. Only for differences of what is right or wrong by example.</summary>
    SeedAndExample,

    /// <summary>A network each, whatever its point and seed. Only for correlations, in which points are still resampled whole, and rows.</summary>
    Run,
}

/// <summary>A claim with how it is judged. Its canonical JSON is what a check's digest is over.</summary>
/// <param name="Where">What all of the claim is about.</param>
/// <param name="Level">Of the two-sided intervals; what lies outside to one side has half the rest.</param>
/// <param name="Correction">Of refutations among the comparisons of the check, and for <paramref name="Comparisons"/>.</param>
/// <param name="Comparisons">How many comparisons, of this and other claims, share the error; null: none but its own.</param>
/// <param name="Seeds">With fewer of a point the claim is inconclusive.</param>
/// <param name="Points">With fewer, a trend, order of points or correlation is inconclusive.</param>
/// <param name="And">Further claims that must hold too; null: none.</param>
public sealed record Check(
    Claim Claim, Selection Where, CheckUnit Unit, double Level, Correction Correction, int? Comparisons, int Seeds, int Points, IReadOnlyList<Check>? And = null);

/// <summary>The closed set of things that can be claimed about results.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(ValueClaim), "value")]
[JsonDerivedType(typeof(CompareClaim), "compare")]
[JsonDerivedType(typeof(NonInferiorClaim), "noninferior")]
[JsonDerivedType(typeof(EquivalentClaim), "equivalent")]
[JsonDerivedType(typeof(RatioClaim), "ratio")]
[JsonDerivedType(typeof(TrendClaim), "trend")]
[JsonDerivedType(typeof(PlateauClaim), "plateau")]
[JsonDerivedType(typeof(OrderClaim), "order")]
[JsonDerivedType(typeof(SameOrderClaim), "same-order")]
[JsonDerivedType(typeof(CorrelateClaim), "correlate")]
[JsonDerivedType(typeof(EveryRowClaim), "every-row")]
public abstract record Claim;

/// <summary>A column against a bound, at every point selected.</summary>
public sealed record ValueClaim(string Metric, Bound Expect) : Claim;

/// <summary>Two selections held against each other, seed by seed, at every level of the axes named.</summary>
/// <param name="AtEach">Axes, or <c>adversary</c>; the two sides are paired where they agree in these.</param>
public abstract record PairClaim(Selection A, Selection B, IReadOnlyList<string> AtEach) : Claim;

/// <summary>a − b above, at least, or below zero.</summary>
/// <param name="Op">&gt;, &gt;= or &lt;.</param>
/// <param name="Deviations">How many standard deviations apart: of seeds, pooled over the two sides. Null: an interval decides.</param>
public sealed record CompareClaim(string Metric, Selection A, Selection B, IReadOnlyList<string> AtEach, string Op, double? Deviations = null)
    : PairClaim(A, B, AtEach);

/// <summary>a − b above −margin, for metrics of which more is better.</summary>
public sealed record NonInferiorClaim(IReadOnlyList<string> Metrics, Selection A, Selection B, IReadOnlyList<string> AtEach, double Margin) : PairClaim(A, B, AtEach);

/// <summary>|a − b| below a distance: two one-sided tests (Schuirmann 1987), each with half of what the level leaves.</summary>
public sealed record EquivalentClaim(IReadOnlyList<string> Metrics, Selection A, Selection B, IReadOnlyList<string> AtEach, double Within) : PairClaim(A, B, AtEach);

/// <summary>Mean over seeds of a / b against a bound.</summary>
public sealed record RatioClaim(string Metric, Selection A, Selection B, IReadOnlyList<string> AtEach, Bound Expect) : PairClaim(A, B, AtEach);

/// <summary>Spearman's correlation of a metric with the place along an axis.</summary>
/// <param name="While">Points that lost more than this are left out, and listed; null: none.</param>
public sealed record TrendClaim(string Metric, Along Along, IReadOnlyList<string> AtEach, Bound Spearman, Guard? While = null) : Claim;

/// <summary>
/// Within a tolerance of the first point up to a place and, if so claimed, below it by more than the tolerance at the last point.
/// </summary>
public sealed record PlateauClaim(string Metric, Along Along, IReadOnlyList<string> AtEach, double FlatUntil, double Tolerance, bool ThenFalls) : Claim;

/// <summary>Never falling by more than the tolerance from one label to the next.</summary>
public sealed record OrderClaim(string Metric, string By, IReadOnlyList<string> As, IReadOnlyList<string> AtEach, double Tolerance) : Claim;

/// <summary>Points stand in the same order (Kendall's τ-b) under every two labels of an axis or adversaries.</summary>
/// <param name="Of">Axes whose points are ordered.</param>
/// <param name="Across">An axis, or <c>adversary</c>.</param>
public sealed record SameOrderClaim(string Metric, IReadOnlyList<string> Of, string Across, Bound Kendall) : Claim;

/// <summary>Correlation of two columns.</summary>
/// <param name="Method">pearson or spearman.</param>
/// <param name="Control">Held while correlating (partial correlation); null: none.</param>
/// <param name="StrongerThan">A column whose correlation with <paramref name="Y"/> is smaller in size; null: not claimed.</param>
public sealed record CorrelateClaim(string X, string Y, string Method, Bound Expect, string? Control = null, string? StrongerThan = null) : Claim;

/// <summary>An invariant: left op right in every row, and in every layer where both are given by layer.</summary>
/// <param name="Op">&lt; or &lt;=.</param>
/// <param name="Slack">Allowed excess, relative to the right side: for roundings.</param>
public sealed record EveryRowClaim(string Left, string Op, string Right, double Slack) : Claim;

/// <summary>What a trend goes along: the labels of an axis with their places, or a column.</summary>
/// <param name="Places">Label → place; null for a column. Labels without a place are left out, and listed.</param>
public sealed record Along(string Name, IReadOnlyDictionary<string, double>? Places);

/// <param name="DropAtMost">Below the mean at the first point.</param>
public sealed record Guard(string Metric, double DropAtMost);
