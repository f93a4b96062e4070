using System.Text.Json;
using Ledger.Domain.Checks;
using Ledger.Query.Checks;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Checks;

public sealed class ConsistencyTests
{
    [Fact]
    public void Results_that_agree_give_no_finding() => Found(
        [Row("fgsm", 0.1, 200), Row("pgd", 0.1, 100), Row("square", 0.1, 150), Row("pgd", 0.2, 20), Row("pgd", 0.1, 10, network: "other", defended: "yes")]).ShouldBeEmpty();

    [Theory]
    [InlineData(100, 50, 40, "undefended-stands 0.08")]
    [InlineData(100, 25, 40, null)]
    [InlineData(20, 26, 200, "undefended-stands 0.052")]
    public void What_nothing_defends_must_fall_at_the_largest_radius_to_one_of_the_attacks(int small, int large, int other, string? finding) => Found(
        [
            Row("pgd", 0.1, small), Row("pgd", 0.2, large), Row("apgd-ce", 0.2, other), Row("square", 0.2, 400),
            Row("pgd", 0.2, 300, network: "other", defended: "yes"), Row("apgd-ce", 0.2, 300, network: "other", defended: "yes"),
        ]).Where(code => code.StartsWith("undefended", StringComparison.Ordinal)).ShouldBe(finding is null ? [] : [finding]);

    [Fact]
    public void What_no_defended_network_was_attacked_with_says_nothing_of_undefended_ones() =>
        Found([Row("pgd", 0.1, 100), Row("apgd-ce", 0.1, 100, network: "other", defended: "yes")]).ShouldBeEmpty();

    [Fact]
    public void More_right_under_attack_than_without() => Found([Row("pgd", 0.1, 490, clean: 480)]).ShouldBe(["robust-above-clean 0.02"]);

    [Fact]
    public void An_example_wrong_without_perturbation_but_standing_under_it()
    {
        var row = Row("pgd", 0.1, 3);
        var results = new ExampleResults([true, false, true, true], [true, true, false, true]);
        Found([row], new() { [row.OutcomesDigest!] = results }).ShouldBe(["robust-above-clean 0.25"]);
    }

    [Fact]
    public void Robustness_that_rises_with_the_radius() =>
        Found([Row("pgd", 0.1, 100), Row("pgd", 0.2, 120), Row("pgd", 0.3, 121)]).ShouldBe(["rises-with-eps 0.04"]);

    [Theory]
    [InlineData("fgsm", "one-step-stronger 0.1")]
    [InlineData("square", "blind-stronger 0.1")]
    [InlineData("noise", "blind-stronger 0.1")]
    [InlineData("sgd-uap", "universal-stronger 0.1")]
    public void A_weaker_attack_that_finds_what_a_stronger_one_does_not(string weak, string finding) =>
        Found([Row("pgd", 0.1, 100), Row(weak, 0.1, 50)]).ShouldBe([finding]);

    [Fact]
    public void A_weaker_attack_is_held_against_all_stronger_ones_example_by_example()
    {
        CheckRow pgd = Row("pgd", 0.1, 2), apgd = Row("apgd-ce", 0.1, 2), square = Row("square", 0.1, 2);
        bool[] right = [true, true, true, true];
        Dictionary<string, ExampleResults> Outcomes(bool[] bySquare) => new()
        {
            [pgd.OutcomesDigest!] = new(right, [true, true, false, false]),
            [apgd.OutcomesDigest!] = new(right, [false, true, true, true]),
            [square.OutcomesDigest!] = new(right, bySquare),
        };
        Found([pgd, apgd, square], Outcomes([false, true, false, true])).ShouldBeEmpty();
        Found([pgd, apgd, square], Outcomes([true, false, true, true])).ShouldBe(["blind-stronger 0.25"]);
    }

    [Fact]
    public void Attacks_on_other_networks_examples_or_threats_are_not_held_against_each_other() => Found(
        [Row("pgd", 0.1, 100), Row("fgsm", 0.1, 50, network: "other"), Row("fgsm", 0.2, 50), Row("fgsm", 0.1, 50) with { ExamplesDigest = "others" }]).ShouldBeEmpty();

    [Fact]
    public void What_may_leave_the_range_of_pixels_is_not_held_against_what_may_not()
    {
        CheckRow clipped = Clipped(Row("pgd", 0.1, 100), true), fgsm = Row("fgsm", 0.1, 50);
        Found([clipped, Clipped(fgsm, false)]).ShouldBeEmpty();
        Found([clipped, Clipped(Row("pgd", 0.2, 120), false)]).ShouldBeEmpty();
        Consistency.Of(Data([clipped, Clipped(fgsm, true)])).Select(finding => finding.Where).ShouldBe(["seed 1, base under fgsm at ε 0.1"]);
        Consistency.Of(Data([Clipped(clipped, false), Clipped(fgsm, false)])).Select(finding => finding.Where).ShouldBe(["seed 1, base under fgsm at ε 0.1, not clipped"]);
    }

    /// <summary>As read from the results tables.</summary>
    private static CheckRow Clipped(CheckRow row, bool clip)
    {
        var columns = JsonSerializer.SerializeToElement(new { adversary = row.At("adversary"), norm = "linf", eps_space = "pixel", clip, attack = row.At("attack"), split = "test", examples_digest = row.ExamplesDigest });
        var network = new NetworkRow(row.Run, row.Seed, row.Point, row.Network, JsonSerializer.SerializeToElement(new { }), null, null, false);
        var words = CheckRows.Of([network], [new AttackRow(row.Run, row.Network, row.Attack!, columns, row.OutcomesDigest, null, null, null)], [])[1].Words;
        return row with { Words = words };
    }

    private static CheckData Data(CheckRow[] rows) => new(rows, [], new Dictionary<(string, long), string>(), new Dictionary<string, ExampleResults>());

    private static IReadOnlyList<string> Found(CheckRow[] rows, Dictionary<string, ExampleResults>? outcomes = null) =>
        [.. Consistency.Of(new CheckData(rows, [], new Dictionary<(string, long), string>(), outcomes ?? [])).Select(finding => $"{finding.Code} {finding.Value:0.####}")];

    private static CheckRow Row(string attack, double eps, int standing, int clean = 500, string network = "base", string defended = "no") => new(
        "R", 1, new Dictionary<string, string>(), network, $"weak/{attack}", new Dictionary<string, string>
        {
            ["adversary"] = attack,
            ["attack"] = attack,
            ["norm"] = "linf",
            ["space"] = "pixel",
            [Consistency.Defended] = defended,
        },
        new Dictionary<string, double> { ["robust_accuracy"] = standing / 500.0, ["clean_accuracy"] = clean / 500.0, ["eps"] = eps }, "same", $"{network} {attack} {eps}");
}
