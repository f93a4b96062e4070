using Ledger.Domain.Checks;
using Shouldly;
using Xunit;
using static Ledger.Tests.Checks.MadeUp;

namespace Ledger.Tests.Checks;

/// <summary>Trends, orders and correlations on results made up so that they are held, not held, inconclusive or not testable.</summary>
public sealed class TrendVerdictTests
{
    private const string Held = Verdicts.Held, NotHeld = Verdicts.NotHeld, Inconclusive = Verdicts.Inconclusive, NotTestable = Verdicts.NotTestable;

    private const string Trend =
        "{trend: robust_accuracy, along: compress.ratio, where: {base: plain, adversary: pgd}, spearman: \"<= -0.8\", while: {clean_accuracy: {drop-at-most: 0.03}}}";

    [Theory]
    [InlineData(-0.5, 0.002, Held)]
    [InlineData(0.5, 0.002, NotHeld)]
    [InlineData(-0.01, 0.2, Inconclusive)]
    [InlineData(double.NaN, 0, NotTestable)]
    public void A_trend(double slope, double spread, string verdict) =>
        Study.Claiming(Trend).Judge(row => double.IsNaN(slope) ? null : [("robust_accuracy", 0.5 + (slope * Ratio(row)) + Noise(row, spread * (1 + Ratio(row)))), ("clean_accuracy", 0.9)]).Verdict.ShouldBe(verdict);

    [Fact]
    public void A_trend_leaves_out_and_lists_the_points_that_lost_too_much()
    {
        var (verdict, numbers) = Study.Claiming(Trend).Judge(row =>
            [("robust_accuracy", Ratio(row) > 0.85 ? 0.9 : 0.5 - (Ratio(row) / 5) + Noise(row, 0.001)), ("clean_accuracy", Ratio(row) > 0.85 ? 0.85 : 0.9)]);
        verdict.ShouldBe(Held);
        numbers.Parts[0].N.ShouldBe(5);
        numbers.LeftOut!.ShouldContain("compress filters/0.9: clean_accuracy is 0.05 below the first point");
        numbers.LeftOut!.ShouldContain("compress none: no place along the trend");
        numbers.Parts[0].Why!.ShouldStartWith("p 0.00833333 by permutation");
    }

    [Fact]
    public void A_trend_of_too_few_points_is_inconclusive()
    {
        var (verdict, numbers) = Study.Claiming(Trend).Judge(row => Ratio(row) > 0.65 ? null : [("robust_accuracy", -Ratio(row)), ("clean_accuracy", 0.9)]);
        verdict.ShouldBe(Inconclusive);
        numbers.Parts[0].Why.ShouldBe("3 points, at least 5 wanted");
        numbers.LeftOut!.ShouldContain("base plain, compress filters/0.7, seed 1: not run");
    }

    /// <summary>Five points in no order fall with −0.9 in 5 of 120 cases, however many seeds each has.</summary>
    [Fact]
    public void More_seeds_of_a_point_are_no_more_points()
    {
        var (verdict, numbers) = Study.Claiming(Trend.Replace("<= -0.8", "< 0")).Judge(row => row.At("compress") is { } label && Array.IndexOf(["0.3", "0.5", "0.6", "0.7", "0.8"], label[^3..]) is >= 0 and var at
            ? [("robust_accuracy", new[] { 0.5, 0.3, 0.4, 0.2, 0.1 }[at] + Noise(row, 0.01 * (1 + (at % 2)))), ("clean_accuracy", 0.9)] : null);
        verdict.ShouldBe(Inconclusive);
        numbers.Parts[0].N.ShouldBe(5);
        numbers.Parts[0].Why.ShouldBe("p 0.0416667 by permutation");
    }

    [Fact]
    public void A_trend_registered_by_run_is_not_testable()
    {
        var study = Study.Claiming(Trend);
        var check = study.Check with { Unit = CheckUnit.Run };
        var (verdict, numbers) = Domain.Checks.Judge.Of(check, Domain.Evidence.CanonicalJson.Digest("test", check), new CheckData([], study.Planned, new Dictionary<(string, long), string>(), new Dictionary<string, ExampleResults>()));
        verdict.ShouldBe(NotTestable);
        numbers.Why.ShouldBe("a trend is one of points, which more seeds make no more; it is not judged by run");
    }

    [Theory]
    [InlineData(0.02, 0.02, Held)]
    [InlineData(0.02, -0.02, Inconclusive)]
    public void A_trend_is_that_of_every_seed_and_not_of_their_levels(double slope, double third, string verdict) =>
        Study.Claiming(Trend).Judge(row => [("robust_accuracy", 0.5 + Noise(row, 0.3) - ((row.Seed == 3 ? third : slope) * Ratio(row))), ("clean_accuracy", 0.9)]).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(0, 0.2, Held)]
    [InlineData(0, 0, NotHeld)]
    [InlineData(0.03, 0.2, Inconclusive)]
    [InlineData(0.1, 0.2, NotHeld)]
    public void A_plateau(double slope, double fall, string verdict) =>
        Study.Claiming("{trend: robust_accuracy, along: compress.ratio, where: {base: plain, adversary: pgd}, flat-until: 0.6, tolerance: 0.03, then: falls}")
            .Judge(row => [("robust_accuracy", 0.5 - (slope * (Ratio(row) - 0.3) / 0.3) - (Ratio(row) > 0.65 ? fall : 0) + Noise(row, (0.0001 + (0.1 * slope)) * Ratio(row)))]).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(0.3, 0.5, 0.6, Held)]
    [InlineData(0.3, 0.6, 0.5, NotHeld)]
    [InlineData(0.3, 0.5, 0.5, Inconclusive)]
    [InlineData(double.NaN, 0, 0, NotTestable)]
    public void An_order(double first, double second, double third, string verdict) =>
        Study.Claiming("{order: clean_accuracy, by: compress, as: [int/4, int/8, none], where: {base: plain}}")
            .Judge(row => double.IsNaN(first) ? null : [("clean_accuracy", row.At("compress") switch { "int/4" => first, "int/8" => second, _ => third } + Noise(row, row.At("compress") switch { "none" => 0.01, "int/8" => 0.02, _ => 0 }))])
            .Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(1, 0.001, Held)]
    [InlineData(-1, 0.001, NotHeld)]
    [InlineData(1, 0.3, Inconclusive)]
    [InlineData(double.NaN, 0, NotTestable)]
    public void The_same_order(double sign, double spread, string verdict) =>
        Study.Claiming("{same-order: robust_accuracy, of: compress, across: adversary, where: {adversary: [fgsm, pgd], base: robust, compress: filters}}")
            .Judge(row => double.IsNaN(sign) ? null : [("robust_accuracy", 0.5 - ((row.At("adversary") == "pgd" ? sign : 1) * Ratio(row) / 4) + Noise(row, (row.At("adversary") == "pgd" ? -spread : spread) * (0.1 + Ratio(row))))])
            .Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(1, 0.01, Held)]
    [InlineData(-1, 0.01, NotHeld)]
    [InlineData(1, 0.4, Inconclusive)]
    [InlineData(0, 0, NotTestable)]
    public void A_correlation(double slope, double wobble, string verdict) =>
        Study.Claiming("{correlate: [sparsity, robust_accuracy], where: {adversary: pgd, base: plain, compress: filters}, pearson: \">= 0.8\"}")
            .Judge(row => [("sparsity", Ratio(row)), ("robust_accuracy", slope * (Ratio(row) + (wobble * Math.Sin(40 * Ratio(row)))))]).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(1, 0, Held)]
    [InlineData(0, 1, NotHeld)]
    public void A_correlation_under_control_stronger_than_anothers(double own, double others, string verdict)
    {
        var (said, numbers) = Study.Claiming("{correlate: [sparsity, robust_accuracy], where: {adversary: pgd}, pearson: \"> 0\", control: size_bytes, stronger-than: clean_accuracy}")
            .Judge(row =>
            {
                double x = Wave(row, 3), z = Wave(row, 5), c = Wave(row, 7);
                return [("sparsity", x), ("clean_accuracy", z), ("size_bytes", c), ("robust_accuracy", c + (own * x) + (others * z) - (x * others * 0.5) + (0.01 * Wave(row, 11)))];
            });
        said.ShouldBe(verdict);
        numbers.Parts.Select(part => part.Of).ShouldBe(["partial Pearson of sparsity and robust_accuracy", "|r| of sparsity less |r| of clean_accuracy"]);
    }

    [Fact]
    public void A_correlation_with_what_the_control_determines_is_not_testable() =>
        Study.Claiming("{correlate: [sparsity, robust_accuracy], where: {adversary: pgd, base: plain, compress: filters}, spearman: \"< 0\", control: size_bytes}")
            .Judge(row => [("sparsity", Ratio(row)), ("size_bytes", 2 * Ratio(row)), ("robust_accuracy", Noise(row, 1) - Ratio(row))]).Verdict.ShouldBe(NotTestable);
}
