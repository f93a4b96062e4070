using Ledger.Domain.Checks;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Checks;

/// <summary>Every kind of claim on results made up so that it is held, not held, inconclusive or not testable.</summary>
public sealed class VerdictTests
{
    private const string Held = Verdicts.Held, NotHeld = Verdicts.NotHeld, Inconclusive = Verdicts.Inconclusive, NotTestable = Verdicts.NotTestable;

    [Theory]
    [InlineData(0.02, 0.001, Held)]
    [InlineData(0.30, 0.01, NotHeld)]
    [InlineData(0.05, 0.01, Inconclusive)]
    [InlineData(double.NaN, 0, NotTestable)]
    public void A_value_against_a_bound(double mean, double spread, string verdict) =>
        Study.Claiming("{value: robust_accuracy, where: {base: plain, compress: none, adversary: pgd}, expect: \"< 0.05\"}")
            .Judge(row => double.IsNaN(mean) ? null : [("robust_accuracy", mean + Noise(row, spread))]).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(5, Held)]
    [InlineData(100, NotHeld)]
    [InlineData(22, Inconclusive)]
    [InlineData(null, NotTestable)]
    public void A_value_by_example(int? right, string verdict)
    {
        var (said, numbers) = Study.Claiming("{value: robust_accuracy, where: {base: plain, compress: none, adversary: pgd}, expect: \"< 0.05\", unit: example}")
            .JudgeExamples(row => row.Attack is null ? null : right);
        said.ShouldBe(verdict);
        numbers.Parts.Count.ShouldBe(right is null ? 0 : 3);
    }

    [Theory]
    [InlineData(0.3, 0.01, Held)]
    [InlineData(-0.3, 0.01, NotHeld)]
    [InlineData(0.01, 0.02, Inconclusive)]
    [InlineData(double.NaN, 0, NotTestable)]
    public void A_comparison_at_every_level(double ahead, double spread, string verdict)
    {
        var (said, numbers) = Study.Claiming("{compare: robust_accuracy, a: {base: robust}, b: {base: plain}, at-each: compress, where: {adversary: pgd, compress: [none, int]}, expect: a > b}")
            .Judge(row => double.IsNaN(ahead) ? null : [("robust_accuracy", 0.4 + (row.At("base") == "robust" ? ahead + Noise(row, spread) : 0))]);
        said.ShouldBe(verdict);
        if (said != NotTestable)
        {
            numbers.Parts.Select(part => part.At).ShouldBe(["compress int/4", "compress int/8", "compress none"]);
            numbers.Comparisons.ShouldBe(3);
        }
    }

    [Fact]
    public void A_comparison_that_fails_at_one_level_is_not_held()
    {
        var (verdict, numbers) = Study.Claiming("{compare: robust_accuracy, a: {base: robust}, b: {base: plain}, at-each: compress, where: {adversary: pgd, compress: [none, int]}, expect: a > b}")
            .Judge(row => [("robust_accuracy", 0.4 + (row.At("base") == "robust" ? (row.At("compress") == "int/4" ? -0.2 : 0.2) + Noise(row, 0.005) : 0))]);
        verdict.ShouldBe(NotHeld);
        numbers.Parts.Select(part => part.Verdict).ShouldBe([NotHeld, Held, Held]);
    }

    [Theory]
    [InlineData(0.10, Held)]
    [InlineData(0.02, Inconclusive)]
    [InlineData(-0.10, NotHeld)]
    public void A_comparison_by_standard_deviations(double ahead, string verdict) =>
        Study.Claiming("{compare: robust_accuracy, a: {base: robust}, b: {base: plain}, where: {adversary: pgd, compress: int/8}, expect: a >= b, by: 2 std}")
            .Judge(row => [("robust_accuracy", 0.4 + Noise(row, 0.02) + (row.At("base") == "robust" ? ahead : 0))]).Verdict.ShouldBe(verdict);

    [Fact]
    public void The_deviation_is_pooled_over_both_sides_and_stated()
    {
        var (_, numbers) = Study.Claiming("{compare: robust_accuracy, a: {base: robust}, b: {base: plain}, where: {adversary: pgd, compress: int/8}, expect: a >= b, by: 2 std}")
            .Judge(row => [("robust_accuracy", 0.4 + Noise(row, row.At("base") == "robust" ? 0.03 : 0.04))]);
        numbers.Parts[0].Why.ShouldBe("2 std of single seeds (pooled) are 0.0707107");
    }

    [Theory]
    [InlineData(300, 303, Held)]
    [InlineData(200, 300, NotHeld)]
    [InlineData(282, 300, Inconclusive)]
    public void Non_inferiority_on_the_same_examples(int a, int b, string verdict) =>
        Study.Claiming(NonInferior).JudgeExamples(row => row.Attack is null ? null : row.At("compress") == "none" ? b : a).Verdict.ShouldBe(verdict);

    private const string NonInferior =
        "{noninferior: robust_accuracy, a: {base: plain, compress: int/8}, b: {base: robust, compress: none}, adversary: pgd, margin: 0.03}";

    [Fact]
    public void Pairs_on_other_examples_are_not_testable()
    {
        var (verdict, numbers) = Study.Claiming(NonInferior).JudgeExamples(row => row.Attack is null ? null : 300, row => row.At("compress")!);
        verdict.ShouldBe(NotTestable);
        numbers.Parts[0].Why.ShouldBe("seed 1: a and b were not evaluated on the same examples");
    }

    [Fact]
    public void Seeds_with_examples_of_their_own_are_resampled_within_them()
    {
        var (verdict, numbers) = Study.Claiming(NonInferior).JudgeExamples(row => row.Attack is null ? null : row.At("compress") == "none" ? 303 : 300, row => $"{row.Seed}");
        verdict.ShouldBe(Held);
        numbers.Parts[0].N.ShouldBe(1500);
        numbers.Parts[0].Estimate.ShouldBe(-0.006);
    }

    [Theory]
    [InlineData(0, Held)]
    [InlineData(60, NotHeld)]
    [InlineData(5, Inconclusive)]
    [InlineData(null, NotTestable)]
    public void Equivalence_on_the_same_examples(int? less, string verdict) =>
        Study.Claiming("{equivalent: clean_accuracy, a: {compress: int/8}, b: {compress: none}, within: 0.01, at-each: base}")
            .JudgeExamples(row => row.Attack is not null || less is null ? null : row.At("compress") == "none" ? 400 : 400 - less).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(0.002, Held)]
    [InlineData(0.2, NotHeld)]
    [InlineData(0.05, Inconclusive)]
    public void Equivalence_by_seed(double apart, string verdict) =>
        Study.Claiming("{equivalent: sparsity, a: {compress: int/8}, b: {compress: none}, within: 0.05, at-each: base}")
            .Judge(row => [("sparsity", 0.4 + Noise(row, 0.001) + (row.At("compress") == "none" ? 0 : apart + Noise(row, 0.002)))]).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(20, Held)]
    [InlineData(50, NotHeld)]
    [InlineData(25, Inconclusive)]
    public void A_ratio(double a, string verdict) =>
        Study.Claiming("{ratio: size_bytes, a: {compress: int/8}, b: {compress: none}, at-each: base, expect: \"<= 0.25\"}")
            .Judge(row => [("size_bytes", row.At("compress") == "none" ? 100 : a + Noise(row, 1))]).Verdict.ShouldBe(verdict);

    [Fact]
    public void A_ratio_to_zero_is_not_testable() =>
        Study.Claiming("{ratio: size_bytes, a: {compress: int/8}, b: {compress: none}, at-each: base, expect: \"<= 0.25\"}")
            .Judge(row => [("size_bytes", row.At("compress") == "none" ? 0 : 20)]).Verdict.ShouldBe(NotTestable);

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

    [Fact]
    public void A_trend_by_run_counts_every_seed()
    {
        var (verdict, numbers) = Study.Claiming(Trend.Replace("spearman:", "unit: run, spearman:"))
            .Judge(row => [("robust_accuracy", 0.5 - Ratio(row) + Noise(row, 0.01)), ("clean_accuracy", 0.9)]);
        verdict.ShouldBe(Held);
        numbers.Parts[0].N.ShouldBe(18);
        numbers.Parts[0].Method.ShouldBe("Fisher's z");
    }

    [Theory]
    [InlineData(0, 0.2, Held)]
    [InlineData(0, 0, NotHeld)]
    [InlineData(0.03, 0.2, Inconclusive)]
    [InlineData(0.1, 0.2, NotHeld)]
    public void A_plateau(double slope, double fall, string verdict) =>
        Study.Claiming("{trend: robust_accuracy, along: compress.ratio, where: {base: plain, adversary: pgd}, flat-until: 0.6, tolerance: 0.03, then: falls}")
            .Judge(row => [("robust_accuracy", 0.5 - (slope * (Ratio(row) - 0.3) / 0.3) - (Ratio(row) > 0.65 ? fall : 0) + Noise(row, 0.0001 + (0.1 * slope * Ratio(row))))]).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(0.3, 0.5, 0.6, Held)]
    [InlineData(0.3, 0.6, 0.5, NotHeld)]
    [InlineData(0.3, 0.5, 0.5, Inconclusive)]
    [InlineData(double.NaN, 0, 0, NotTestable)]
    public void An_order(double first, double second, double third, string verdict) =>
        Study.Claiming("{order: clean_accuracy, by: compress, as: [int/4, int/8, none], where: {base: plain}}")
            .Judge(row => double.IsNaN(first) ? null : [("clean_accuracy", row.At("compress") switch { "int/4" => first, "int/8" => second, _ => third } + Noise(row, row.At("compress") == "none" ? 0.01 : 0))])
            .Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(1, 0.001, Held)]
    [InlineData(-1, 0.001, NotHeld)]
    [InlineData(1, 0.3, Inconclusive)]
    [InlineData(double.NaN, 0, NotTestable)]
    public void The_same_order(double sign, double spread, string verdict) =>
        Study.Claiming("{same-order: robust_accuracy, of: compress, across: adversary, where: {adversary: [fgsm, pgd], base: robust, compress: filters}}")
            .Judge(row => double.IsNaN(sign) ? null : [("robust_accuracy", 0.5 - ((row.At("adversary") == "pgd" ? sign : 1) * Ratio(row) / 4) + Noise(row, spread * (0.1 + Ratio(row))))])
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

    [Theory]
    [InlineData(0.1, true, Held)]
    [InlineData(-0.1, true, NotHeld)]
    [InlineData(0.1, false, Inconclusive)]
    public void An_invariant_of_every_row(double below, bool complete, string verdict)
    {
        var (said, numbers) = Study.Claiming("{every-row: robust_accuracy <= clean_accuracy, adversary: pgd}").Judge(row =>
            !complete && row is { Seed: 3, PointText: "base robust, compress int/4" } ? null : [("clean_accuracy", 0.8), ("robust_accuracy", 0.8 - (row.Seed == 2 ? below : 0.2))]);
        said.ShouldBe(verdict);
        numbers.Parts[0].N.ShouldBe(complete ? 54 : 53);
        if (!complete)
            numbers.LeftOut.ShouldBe(["base robust, compress int/4, seed 3: failed (base diverged)"]);
    }

    [Fact]
    public void An_invariant_without_rows_is_not_testable() =>
        Study.Claiming("{every-row: robust_accuracy <= clean_accuracy, adversary: pgd}").Judge(_ => null).Verdict.ShouldBe(NotTestable);

    [Fact]
    public void An_invariant_of_layers_is_held_against_each_of_them()
    {
        var check = Study.Claiming("{every-row: sparsity <= size_bytes}");
        var (verdict, numbers) = check.Judge(row => row.Attack is null ? [("sparsity.conv1", 1), ("sparsity.head", 2), ("size_bytes.conv1", 1), ("size_bytes.head", row.Seed == 3 ? 1 : 3)] : null);
        verdict.ShouldBe(NotHeld);
        numbers.Parts[0].N.ShouldBe(108);
        numbers.Parts[0].Estimate.ShouldBe(18);
        numbers.Parts[0].Why!.ShouldContain("2 against 1 (base plain, compress filters/0.3, seed 3, layer head)");
    }

    [Fact]
    public void A_claim_with_another_holds_only_if_both_do()
    {
        var study = Study.Claiming("{value: clean_accuracy, where: {compress: none}, expect: \"> 0.5\", and: {value: sparsity, expect: \"< 0.1\"}}");
        study.Judge(row => [("clean_accuracy", 0.9), ("sparsity", 0)]).Verdict.ShouldBe(Held);
        var (verdict, numbers) = study.Judge(row => [("clean_accuracy", 0.9), ("sparsity", 0.5)]);
        verdict.ShouldBe(NotHeld);
        numbers.Parts.Select(part => part.Of).ShouldBe(["clean_accuracy", "clean_accuracy", "sparsity", "sparsity"]);
    }

    [Fact]
    public void Too_few_seeds_are_inconclusive_however_clear()
    {
        var (verdict, numbers) = Study.Claiming("{value: clean_accuracy, where: {compress: none, base: plain}, expect: \"> 0.5\"}")
            .Judge(row => row.Seed == 3 ? null : [("clean_accuracy", 0.9)]);
        verdict.ShouldBe(Inconclusive);
        numbers.Parts[0].Why.ShouldBe("2 seeds, at least 3 wanted");
        numbers.LeftOut.ShouldBe(["base plain, compress none, seed 3: not run"]);
    }

    [Fact]
    public void More_comparisons_make_a_claim_harder_to_hold()
    {
        const string Claim = "{value: clean_accuracy, where: {compress: none, base: plain}, expect: \"> 0.5\"COUNT}";
        (string, double?) said(string count)
        {
            var (verdict, numbers) = Study.Claiming(Claim.Replace("COUNT", count)).Judge(row => [("clean_accuracy", 0.6 + Noise(row, 0.02))]);
            return (verdict, numbers.Parts[0].Low);
        }

        said("").Item1.ShouldBe(Held);
        said(", comparisons: 20").Item1.ShouldBe(Inconclusive);
        said(", comparisons: 20").Item2!.Value.ShouldBeLessThan(said("").Item2!.Value);
        said(", comparisons: 20, correction: none").ShouldBe(said(""));
    }

    [Fact]
    public void Verdicts_are_the_same_every_time_and_fit_into_an_event()
    {
        var study = Study.Claiming("{equivalent: [clean_accuracy, robust_accuracy], a: {base: robust}, b: {base: plain}, within: 0.01, at-each: compress, adversary: pgd}");
        var first = study.JudgeExamples(row => row.Attack is null ? null : 300 + (int)row.Seed);
        var bytes = Domain.Evidence.CanonicalJson.Bytes(first.Numbers);
        Domain.Evidence.CanonicalJson.Bytes(study.JudgeExamples(row => row.Attack is null ? null : 300 + (int)row.Seed).Numbers).ShouldBe(bytes);
        bytes.Length.ShouldBeLessThan(7_000);
        (first.Numbers.Parts.Count, first.Numbers.MoreParts, first.Numbers.Comparisons).ShouldBe((CheckNumbers.Most, 2, 18));
    }

    /// <summary>−spread, 0 and spread for the three seeds.</summary>
    private static double Noise(CheckRow row, double spread) => (row.Seed - 2) * spread;

    private static double Ratio(CheckRow row) => row.At("compress") is ['f', ..] and var label ? double.Parse(label[8..]) : 0;

    private static double Wave(CheckRow row, int period) =>
        Math.Sin((row.Seed + (10.0 * period * Math.Abs(row.PointText.Sum(letter => letter) % 97))) * period);
}
