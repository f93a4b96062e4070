using Ledger.Domain.Checks;
using Ledger.Tests.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Checks;

public sealed class ReadChecksTests
{
    public static TheoryData<string, string> Claims => new()
    {
        { "{value: robust_accuracy, where: {base: plain, compress: none}, adversary: pgd, expect: \"< 0.05\"}", "robust_accuracy < 0.05, where base plain, compress none, adversary pgd" },
        { "{compare: robust_accuracy, a: {base: robust}, b: {base: plain}, at-each: compress, adversary: pgd, expect: a > b}", "robust_accuracy of (base robust) > of (base plain), at each compress, where adversary pgd" },
        { "{compare: sparsity, a: {base: robust}, b: {base: plain}, where: {compress: int/8}, expect: a >= b, by: 2 std}", "sparsity of (base robust) >= of (base plain) by 2 std, where compress int/8" },
        { "{noninferior: robust_accuracy, a: {base: plain, compress: filters/0.5}, b: {base: robust, compress: none}, adversary: pgd, margin: 0.03}", "robust_accuracy of (base plain, compress filters/0.5) at most 0.03 below that of (base robust, compress none), where adversary pgd (by seed-and-example)" },
        { "{equivalent: clean_accuracy, a: {compress: int/8}, b: {compress: none}, within: 0.01, at-each: base}", "clean_accuracy of (compress int/8) within 0.01 of that of (compress none), at each base (by seed-and-example)" },
        { "{ratio: size_bytes, a: {compress: int/8}, b: {compress: none}, at-each: base, expect: \"<= 0.3\"}", "size_bytes of (compress int/8) over that of (compress none) <= 0.3, at each base" },
        { "{trend: robust_accuracy, along: compress.ratio, place: {none: 0}, at-each: base, adversary: pgd, spearman: \"<= -0.8\", while: {clean_accuracy: {drop-at-most: 3/100}}}", "robust_accuracy along compress: Spearman <= -0.8 while clean_accuracy falls by at most 0.03, at each base, where adversary pgd" },
        { "{trend: robust_accuracy, along: eps, where: {base: plain, compress: none, step: curve}, spearman: \"<= -0.8\", at-least: {points: 6}}", "robust_accuracy along eps: Spearman <= -0.8, where base plain, compress none, step curve" },
        { "{trend: clean_accuracy, along: compress.ratio, at-each: base, flat-until: 0.6, tolerance: 0.03, then: falls}", "clean_accuracy along compress: within 0.03 of the first point up to 0.6, below it at the last, at each base" },
        { "{order: clean_accuracy, by: compress, as: [int/4, int/8, none], at-each: base}", "clean_accuracy rises over compress int/4 ≤ int/8 ≤ none, at each base" },
        { "{same-order: robust_accuracy, of: [base, compress], across: adversary, where: {adversary: [fgsm, pgd]}}", "robust_accuracy orders base × compress alike across adversary: Kendall >= 0.8, where adversary fgsm or pgd" },
        { "{correlate: [sparsity, robust_accuracy], where: {adversary: pgd, sparsity: \">= 0.5\"}, pearson: \">= 0.8\", control: size_bytes, stronger-than: clean_accuracy}", "pearson of sparsity and robust_accuracy >= 0.8, size_bytes held, stronger than clean_accuracy, where adversary pgd, sparsity >= 0.5" },
        { "{every-row: robust_accuracy <= clean_accuracy, and: {every-row: robust_accuracy < clean_high}}", "robust_accuracy <= clean_accuracy in every row (by run); and robust_accuracy < clean_high in every row (by run)" },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void A_claim_is_read_and_says_what_it_claims(string check, string words) => ClaimWords.Of(Study.Claiming(check).Check).ShouldBe(words);

    public static TheoryData<string, string> Slips => new()
    {
        { "{}", "a check that claims nothing | one of value, compare, noninferior, equivalent, ratio, trend, order, same-order, correlate, every-row" },
        { "later", "later | a map that says what is claimed" },
        { "{trnd: robust_accuracy}", "unknown key trnd | a kind of claim: value, compare, noninferior, equivalent, ratio, trend, order, same-order, correlate, every-row" },
        { "{expect: a > b}", "a check that claims nothing | one of value, compare, noninferior, equivalent, ratio, trend, order, same-order, correlate, every-row" },
        { "{value: x, compare: y}", "value and compare in one check | one of them a check, or below and" },
        { "{value: clean_accuracy, expect: 0.05}", "0.05 | a bound, for example \"< 0.05\" or \">= 0.8\"" },
        { "{value: clean_accuracy + 1, expect: \"< 0.05\"}", "clean_accuracy + 1 | the name of a column or metric, for example robust_accuracy" },
        { "{value: clean_accuracy, expect: \"< 0.05\", were: {base: plain}}", "unknown key were | a key of a check of value: where, adversary, step, value, expect, unit, at-least, level, correction, comparisons, and" },
        { "{value: clean_accuracy, expect: \"< 0.05\", where: {bas: plain}}", "bas | a column, or one of: base, compress, step, adversary, norm, space, attack, split" },
        { "{value: clean_accuracy, expect: \"< 0.05\", where: {compress: filtrs}}", "filtrs | a value of compress: none, filters, filters/0.3, filters/0.5, filters/0.6, filters/0.7, filters/0.8, filters/0.9, int, int/8, int/4" },
        { "{value: robust_accuracy, expect: \"< 0.05\", adversary: pdg}", "pdg | a value of adversary: pgd, wide, fgsm, base, small, weak, curve, size, worst-case" },
        { "{value: robust_accuracy, expect: \"< 0.05\", adversary: pgd, where: {step: wek}}", "wek | a value of step: base, small, weak, curve, size" },
        { "{value: robust_accuracy, expect: \"< 0.05\", adversary: pgd, where: {adversary: fgsm}}", "adversary beside a where that has it too | it once" },
        { "{value: robust_accuracy, expect: \"< 0.05\"}", "several rows of one seed at base plain, compress none: they differ in adversary (fgsm, pgd, wide) | a claim that the steps give results for" },
        { "{value: stable_rank, expect: \"< 5\"}", "no step gives stable_rank | a claim that the steps give results for" },
        { "{value: sparsty, expect: \"< 5\"}", "no step gives sparsty; did you mean sparsity? | a claim that the steps give results for" },
        { "{value: clean_accuracy, expect: \"< 5\", where: {step: base, compress: int/8}}", "no step gives clean_accuracy of what is selected | a claim that the steps give results for" },
        { "{value: sparsity, expect: \"< 5\", unit: example}", "example | the only choice: seed" },
        { "{value: clean_accuracy, expect: \"< 5\", unit: seed-and-example}", "seed-and-example | one of: seed, example" },
        { "{trend: sparsity, along: compress.ratio, spearman: \"> 0\", at-each: base, unit: run}", "run | the only choice: seed" },
        { "{value: sparsity, expect: \"< 5\", level: 95}", "95 | a number above 0.5 and below 1" },
        { "{compare: sparsity, a: {base: plain}, b: {base: robust}, expect: a == b}", "a == b | one of: a > b, a >= b, a < b" },
        { "{compare: sparsity, a: {base: plain}, b: {base: robust}, expect: a > b, at-each: compress, by: two std}", "two std | so many standard deviations over seeds, for example 2 std" },
        { "{compare: sparsity, a: {base: plain}, b: {base: robust}, expect: a > b}", "several rows of one seed: they differ in compress (none, filters/0.3, filters/0.5, filters/0.6) | a claim that the steps give results for" },
        { "{compare: sparsity, a: {base: plain}, b: {base: robust}, expect: a > b, at-each: compres}", "compres | an axis: base, compress" },
        { "{compare: sparsity, a: {base: plain, compress: none}, b: {base: robust, compress: int/8}, expect: a > b, at-each: compress}", "a and b have no level of compress in common | a claim that the steps give results for" },
        { "{noninferior: robust_accuracy, a: {base: plain}, b: {base: robust}, margin: 0}", "0 | a number above 0 and at most 1000000000000" },
        { "{equivalent: [], a: {base: plain}, b: {base: robust}, within: 0.1}", "a list of 0 | at least one value" },
        { "{trend: sparsity, along: compres, spearman: \"> 0\"}", "compres | a column, or an axis: base, compress" },
        { "{trend: sparsity, along: compress, spearman: \"> 0\"}", "compress | labels of compress with numbers" },
        { "{trend: sparsity, along: compress.ratios, spearman: \"> 0\"}", "compress.ratios | labels of compress with numbers under ratios" },
        { "{trend: sparsity, along: compress.ratio, spearman: \"> 0\", flat-until: 0.5, tolerance: 0.1}", "unknown key spearman | a key of a check of trend: where, adversary, step, trend, along, place, at-each, flat-until, tolerance, then, unit, at-least, level, correction, comparisons, and" },
        { "{order: sparsity, by: compress, as: [none, filters], at-each: base}", "filters | one label: filters/0.3, filters/0.5, filters/0.6, filters/0.7, filters/0.8, filters/0.9" },
        { "{same-order: robust_accuracy, of: base, across: adversary, where: {compress: none, adversary: pgd}}", "adversary has one label here (pgd); at least two are compared | a claim that the steps give results for" },
        { "{correlate: [sparsity], pearson: \"> 0\"}", "a list of 1 | two columns" },
        { "{every-row: robust_accuracy == clean_accuracy}", "robust_accuracy == clean_accuracy | two columns, for example x <= y or x < y" },
        { "{value: sparsity, expect: \"< 1\", and: {value: sparsity, expect: [1]}}", "a list of 1 | a bound, for example \"< 0.05\" or \">= 0.8\"" },
    };

    [Theory]
    [MemberData(nameof(Slips))]
    public void A_slip_in_a_check_is_reported_at_planning(string check, string problem) =>
        Specs.Problems($"{Study.Yaml}\n  C: {check}").Select(p => $"{p.Found} | {p.Expected}").ShouldContain(problem);

    [Fact]
    public void The_examples_in_the_description_of_the_format_can_be_claimed()
    {
        string page = File.ReadAllText(Path.Combine(Specs.Root, "experiments", "README.md"));
        string study = Block(page), checks = Block(page[page.IndexOf("## Checks", StringComparison.Ordinal)..]);
        study = study[..study.IndexOf("checks:", StringComparison.Ordinal)] + checks;
        Specs.Resolve(study, "full").Spec.GetProperty("checks").EnumerateObject().Count().ShouldBe(12);
        Specs.Resolve(study, "cpu").Spec.GetProperty("checks").EnumerateObject().Count().ShouldBe(12);
    }

    private static string Block(string page) => page.Split("```yaml\n")[1].Split("```")[0];

    [Fact]
    public void All_slips_are_reported_at_once() =>
        Specs.Problems($"{Study.Yaml}\n  A: {{value: x y, expect: 3, level: 2}}\n  B: {{order: sparsity, by: bas, as: [a, b]}}").Select(p => p.Path)
            .ShouldBe(["checks.A.value", "checks.A.expect", "checks.A.level", "checks.B.by"]);

    [Fact]
    public void Families_places_and_defaults_are_resolved_in_the_specification()
    {
        string spec(string check) => Specs.Resolve($"{Study.Yaml}\n  C: {check}").Spec.GetProperty("checks").GetRawText();
        spec("{value: clean_accuracy, where: {compress: int}, expect: \"<  1/4\"}").ShouldBe(
            """{"C":{"claim":{"expect":{"op":"<","value":0.25},"kind":"value","metric":"clean_accuracy"},"correction":"holm","level":0.95,"points":1,"seeds":3,"unit":"seed","where":{"axes":{"compress":["int/4","int/8"]}}}}""");
        ((TrendClaim)Study.Claiming("{trend: sparsity, along: compress.ratio, where: {compress: [none, filters/0.3, filters/0.5], base: plain}, place: {none: 0}, spearman: \"> 0\"}").Check.Claim)
            .Along.Places!.ShouldBe(new Dictionary<string, double> { ["filters/0.3"] = 0.3, ["filters/0.5"] = 0.5, ["none"] = 0 }, ignoreOrder: true);
        spec("{value: clean_accuracy, expect: \"< 0.25\", where: {compress: [int/8, int/4]}}").ShouldBe(spec("{expect: \"<0.25\", value: clean_accuracy, where: {compress: int}}"));
    }

    [Theory]
    [InlineData("robust_accuracy", "adversary: pgd", CheckUnit.SeedAndExample)]
    [InlineData("clean_accuracy_full", "where: {compress: int/8}", CheckUnit.SeedAndExample)]
    [InlineData("clean_accuracy_full", "adversary: pgd", CheckUnit.Seed)]
    [InlineData("sparsity", "where: {compress: int/8}", CheckUnit.Seed)]
    public void Equivalence_is_of_seeds_and_examples_where_there_are_results_by_example(string metric, string where, CheckUnit unit)
    {
        var check = Study.Claiming($"{{equivalent: {metric}, a: {{base: plain}}, b: {{base: robust}}, at-each: compress, {where}, within: 0.1}}").Check;
        (check.Unit, check.Seeds).ShouldBe((unit, 3));
    }

    [Fact]
    public void A_worst_case_over_attacks_of_one_threat_can_be_claimed_about()
    {
        var rows = Study.Claiming("{value: robust_accuracy, adversary: worst-case, expect: \"< 0.5\"}").Planned;
        rows.Where(row => row.At("adversary") == "worst-case").Select(row => row.Attack).Distinct().ShouldBe(["weak/fgsm + weak/pgd"]);
        rows.Where(row => row.Attack is not null && row.Seed == 1 && row.PointText == "base plain, compress none").Select(row => $"{row.Network} {row.At("adversary")} {row["eps"]}")
            .ShouldBe(["base fgsm 0.1", "base pgd 0.1", "base wide 0.05", "base wide 0.2", "base worst-case 0.1"]);
    }

    [Theory]
    [InlineData("row_eps_k8_mean", true)]
    [InlineData("theorem31_inf_minmax_k8.node3", true)]
    [InlineData("theorem31_2.node3", true)]
    [InlineData("theorem31_2", false)]
    [InlineData("stable_rank_mean", false)]
    public void A_measurement_promises_its_metrics_by_layer_and_setting(string column, bool promised)
    {
        var row = new CheckRow(
            "", 1, new Dictionary<string, string>(), "base", null, new Dictionary<string, string>(),
            Columns.OfMeasures["compressibility"].ToDictionary(name => name, _ => double.NaN));
        row.Has(column).ShouldBe(promised);
        row.MayHold(column, new Bound("<", 1)).ShouldBe(promised);
    }

    [Fact]
    public void Every_word_of_measure_has_its_metrics_here() =>
        Columns.OfMeasures.Keys.ShouldBe(Domain.Experiments.MeasureSpec.Names, ignoreOrder: true);

    [Fact]
    public void Measurements_of_unknown_metrics_leave_a_claim_open()
    {
        var row = new CheckRow("", 1, new Dictionary<string, string>(), "base", null, new Dictionary<string, string>(), new Dictionary<string, double>()) { IsOpen = true };
        var check = Study.Claiming("{value: sparsity, expect: \"< 1\"}").Check with { Claim = new ValueClaim("theorem31_2", new Bound("<", 1)) };
        Domain.Checks.Judge.Fault(check, [row]).ShouldBeNull();
        Domain.Checks.Judge.Fault(check, [row with { IsOpen = false }]).ShouldBe("no step gives theorem31_2");
    }
}
