using Ledger.Domain.Checks;
using Shouldly;
using Xunit;
using static Ledger.Tests.Checks.MadeUp;

namespace Ledger.Tests.Checks;

/// <summary>Claims that hold two selections against each other, on results made up so that they are held, not held, inconclusive or not testable.</summary>
public sealed class PairVerdictTests
{
    private const string Held = Verdicts.Held, NotHeld = Verdicts.NotHeld, Inconclusive = Verdicts.Inconclusive, NotTestable = Verdicts.NotTestable;

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
        "{noninferior: robust_accuracy, a: {base: plain, compress: int/8}, b: {base: robust, compress: none}, adversary: pgd, margin: 0.03, unit: example}";

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
        // Three examples only b has right in every seed: 2·(1/8) − 1/8.
        numbers.Parts[0].Why.ShouldBe("McNemar's mid-p 0.125 to 0.125 over seeds");
    }

    /// <summary>By these networks' examples alone all but the last would be held: seeds that differ say that other seeds may too.</summary>
    [Theory]
    [InlineData(310, 0, Held)]
    [InlineData(310, 10, Inconclusive)]
    [InlineData(240, 0, NotHeld)]
    public void Non_inferiority_of_how_networks_are_made(int a, int spread, string verdict)
    {
        var (said, numbers) = Study.Claiming(NonInferior.Replace(", unit: example", ""))
            .JudgeExamples(row => row.Attack is null ? null : row.At("compress") == "none" ? 300 : a + (spread * (int)(row.Seed - 2)));
        said.ShouldBe(verdict);
        (numbers.Unit, numbers.Parts[0].Method, numbers.Parts[0].N).ShouldBe(("seed-and-example", "seeds and examples (Banerjee 1960)", 500));
        if (spread > 0)
            numbers.Parts[0].P!.Value.ShouldBe(0.0284150, 1e-7);
    }

    [Fact]
    public void Seeds_on_examples_of_their_own_do_not_cross()
    {
        var (verdict, numbers) = Study.Claiming(NonInferior.Replace(", unit: example", "")).JudgeExamples(row => row.Attack is null ? null : 300, row => $"{row.Seed}");
        verdict.ShouldBe(NotTestable);
        numbers.Parts[0].Why.ShouldBe("seeds were not evaluated on the same examples");
    }

    [Fact]
    public void Two_seeds_are_too_few_to_tell_of_others()
    {
        var (verdict, numbers) = Study.Claiming(NonInferior.Replace(", unit: example", "")).JudgeExamples(row => row.Attack is null || row.Seed == 3 ? null : 300);
        verdict.ShouldBe(Inconclusive);
        numbers.Parts[0].Why.ShouldBe("2 seeds, at least 3 wanted");
    }

    [Theory]
    [InlineData(0, Held)]
    [InlineData(60, NotHeld)]
    [InlineData(5, Inconclusive)]
    [InlineData(null, NotTestable)]
    public void Equivalence_on_the_same_examples(int? less, string verdict) =>
        Study.Claiming("{equivalent: clean_accuracy, a: {compress: int/8}, b: {compress: none}, within: 0.01, at-each: base, unit: example}")
            .JudgeExamples(row => row.Attack is not null || less is null ? null : row.At("compress") == "none" ? 400 : 400 - less).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData(0.002, Held)]
    [InlineData(0.2, NotHeld)]
    [InlineData(0.05, Inconclusive)]
    public void Equivalence_by_seed(double apart, string verdict) =>
        Study.Claiming("{equivalent: sparsity, a: {compress: int/8}, b: {compress: none}, within: 0.05, at-each: base}")
            .Judge(row => [("sparsity", 0.4 + Noise(row, 0.001) + (row.At("compress") == "none" ? 0 : apart + Noise(row, 0.002)))]).Verdict.ShouldBe(verdict);

    /// <summary>Of 500 examples none differs: |a − b| is below z²/(500 + z²) = 0.0076.</summary>
    [Theory]
    [InlineData("0.01", Held)]
    [InlineData("0.005", Inconclusive)]
    public void Fractions_that_never_differ_are_as_equal_as_their_examples_can_show(string within, string verdict)
    {
        foreach (string unit in new[] { "example", "seed" })
        {
            var (said, numbers) = Study.Claiming($"{{equivalent: robust_accuracy, a: {{compress: int/8}}, b: {{compress: none}}, within: {within}, at-each: base, adversary: pgd, unit: {unit}}}")
                .JudgeExamples(row => row.Attack is null ? null : 300);
            said.ShouldBe(verdict, unit);
            numbers.Parts[0].High.ShouldBe(0.00762434, unit);
        }
    }

    [Fact]
    public void Fractions_that_never_differ_without_outcomes_show_nothing()
    {
        var (verdict, numbers) = Study.Claiming("{equivalent: robust_accuracy, a: {compress: int/8}, b: {compress: none}, within: 0.01, at-each: base, adversary: pgd, unit: seed}")
            .Judge(row => [("robust_accuracy", 0.6)]);
        verdict.ShouldBe(Inconclusive);
        numbers.Parts[0].Why.ShouldBe("a fraction of examples that is the same for every seed; seed 1: a and b were not evaluated on the same examples");
    }

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
}
