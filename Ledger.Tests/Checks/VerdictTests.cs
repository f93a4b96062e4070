using Ledger.Domain.Checks;
using Shouldly;
using Xunit;
using static Ledger.Tests.Checks.MadeUp;

namespace Ledger.Tests.Checks;

/// <summary>Claims about values and rows, and what holds of every claim, on results made up so that it is held, not held, inconclusive or not testable.</summary>
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

    /// <summary>Wilson's upper end of 0 of 50 is 7.1 %, of 0 of 100 3.7 %.</summary>
    [Theory]
    [InlineData(50, Inconclusive)]
    [InlineData(100, Held)]
    [InlineData(null, Inconclusive)]
    public void A_fraction_that_is_the_same_for_every_seed_varies_with_its_examples(int? examples, string verdict)
    {
        var (said, numbers) = Study.Claiming("{value: robust_accuracy, where: {base: plain, compress: none, adversary: pgd}, expect: \"< 0.05\"}")
            .Judge(row => examples is { } count ? [("robust_accuracy", 0), ("examples", count)] : [("robust_accuracy", 0)]);
        said.ShouldBe(verdict);
        numbers.Parts[0].High.ShouldBe(examples is { } of ? Parts.Digits(new FractionEstimate(0, of).Interval(0.95).High) : null);
        numbers.Parts[0].Why!.ShouldStartWith("a fraction of examples that is the same for every seed");
    }

    [Fact]
    public void A_ratio_of_accuracies_is_no_fraction_of_so_many_examples()
    {
        var row = new CheckRow(
            "r", 1, new Dictionary<string, string>(), "base", "universal", new Dictionary<string, string>(),
            new Dictionary<string, double> { ["universal_relative"] = 1.5, ["relative_robustness"] = 0.5, ["attacked"] = 40 });
        PerExample.Count(row, "relative_robustness").ShouldBe(40);
        PerExample.Count(row, "universal_relative").ShouldBeNull("it may exceed 1");
        PerExample.IsFraction("universal_relative").ShouldBeTrue("it still varies with the examples");
    }

    [Fact]
    public void A_count_that_is_the_same_for_every_seed_is_exact() =>
        Study.Claiming("{value: gradient_evaluations, where: {base: plain, compress: none, step: base}, expect: \"< 1001\"}")
            .Judge(row => [("gradient_evaluations", 1000)]).Verdict.ShouldBe(Held);

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
        study.Judge(row => [("clean_accuracy", 0.9 + Noise(row, 0.01)), ("sparsity", 0)]).Verdict.ShouldBe(Held);
        var (verdict, numbers) = study.Judge(row => [("clean_accuracy", 0.9 + Noise(row, 0.01)), ("sparsity", 0.5)]);
        verdict.ShouldBe(NotHeld);
        numbers.Parts.Select(part => part.Of).ShouldBe(["clean_accuracy", "clean_accuracy", "sparsity", "sparsity"]);
    }

    /// <summary>A t of −4.6 at two degrees of freedom has p = 0.022: enough to refute by itself, not as the worst of two.</summary>
    [Fact]
    public void A_refutation_is_corrected_for_all_claims_of_a_check()
    {
        const string Bare = "{compare: sparsity, a: {base: robust}, b: {base: plain}, where: {compress: none}, expect: a > b";
        (string Column, double Value)[] known(CheckRow row) => [("sparsity", row.At("base") == "robust" ? -0.046 + Noise(row, 0.01 * Math.Sqrt(3)) : 0), ("gradient_evaluations_train", 1000 + Noise(row, 10))];
        Study.Claiming($"{Bare}}}").Judge(known).Verdict.ShouldBe(NotHeld);
        var (verdict, numbers) = Study.Claiming($"{Bare}, and: {{value: gradient_evaluations_train, where: {{base: plain, compress: none}}, expect: \"< 2000\"}}}}").Judge(known);
        verdict.ShouldBe(Inconclusive);
        numbers.Parts.Select(part => part.Verdict).ShouldBe([Inconclusive, Held]);
        numbers.Parts[0].P!.Value.ShouldBe(2 * Distributions.Student(-4.6, 2), 1e-6);
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
}
