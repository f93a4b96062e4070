using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

/// <summary>What a measuring step is read as, and what it says when something it needs is not there.</summary>
public class MeasuringTests
{
    private const string Size = "size: {measure: [accuracy, bytes], model: tuned, data: f.test}";

    private const string Weak = "weak: {attack: [fgsm, pgd], model: tuned, data: f.test}";

    private static MeasureSpec Read(string size, string weak = Weak, string step = "size") =>
        (MeasureSpec)Specs.Resolve(Specs.With((Size, size), (Weak, weak))).At("none").Step(step).Config.Deserialize<StepSpec>(LedgerJson.Options)!;

    [Fact]
    public void Metrics_without_settings_are_stored_as_they_always_were() =>
        Specs.Resolve(Specs.Small).At("none").Step("size").Config.GetRawText().ShouldBe(
            """{"data":{"held":false,"source":"fashion-mnist-sample","split":"test"},"kind":"measure","metrics":["accuracy","bytes"]}""");

    [Fact]
    public void A_metric_may_carry_settings_and_defaults_are_filled_in()
    {
        var spec = Read("size: {measure: [spectrum, compressibility: {k: [40, 8]}, sparsity-indices], model: tuned}");

        spec.Metrics.ShouldBe(["spectrum", "compressibility", "sparsity-indices"]);
        (spec.Settings!.Compressibility!.Q, spec.Settings.SparsityIndices!.Kappa).ShouldBe((1, 0.1));
        spec.Settings.Compressibility.K.ShouldBe([8, 40]);
        (spec.Data, spec.Threat).ShouldBe((null, null));
    }

    [Fact]
    public void One_metric_with_settings_needs_no_list() =>
        Read("size: {measure: {compressibility: {q: 2, k: 3}}, model: tuned}").Settings!.Compressibility!.K.ShouldBe([3]);

    [Fact]
    public void A_bound_is_about_a_threat()
    {
        var spec = Read("size: {measure: {lipschitz-bound: {variants: [product, aligned]}}, model: tuned, threat: {norm: linf, eps: 8/255}}");

        spec.Threat.ShouldBe(new Threat(Norm.Linf, Exact.Parse("8/255"), Space.Pixel, true));
        spec.Settings!.LipschitzBound!.Variants.ShouldBe(["product", "aligned"]);
        (spec.Settings.LipschitzBound.Masks, spec.Data).ShouldBe((null, null));
    }

    [Fact]
    public void An_estimate_from_masks_looks_at_examples()
    {
        var spec = Read("size: {measure: {lipschitz-bound: {variants: aligned-estimate, masks: 10}}, model: tuned, threat: {norm: l2, eps: 0.5}, data: f.test}");
        (spec.Settings!.LipschitzBound!.Masks, spec.Data!.Split).ShouldBe((10, "test"));
    }

    [Fact]
    public void What_is_measured_of_an_attack_has_its_examples_and_its_threat()
    {
        string file = Specs.With(
            (Size, "size: {measure: [lipschitz-bound, loss-gap], of: weak}"), (Weak, "weak: {attack: [fgsm, pgd], model: tuned, data: {f.test: {first: 50}}, keep: examples}"));
        var run = Specs.Resolve(file).At("none");

        MeasureSpec Of(string path) => (MeasureSpec)run.Step(path).Config.Deserialize<StepSpec>(LedgerJson.Options)!;
        (Of("size/fgsm").Threat!.Eps.Text, Of("size/pgd").Threat!.Eps.Text).ShouldBe(("0.1", "8/255"));
        Of("size/pgd").Data!.First.ShouldBe(50);
        run.Step("size/pgd").Inputs["attack"].ShouldBe("weak/pgd");
    }

    [Fact]
    public void A_comparison_has_a_parent() =>
        Specs.Resolve(Specs.With((Size, "size: {measure: agreement, model: small, parent: base, data: f.test}"))).At("int/8").Step("size").Inputs["parent"].ShouldBe("base");

    [Theory]
    [InlineData("{measure: loss-gap, model: tuned, data: f.test}", "23:9 steps.size | no of | of: the attack whose kept examples loss-gap looks at")]
    [InlineData("{measure: loss-gap, of: weak}", "23:9 steps.size | an attack that keeps no examples | keep: examples in the attack's step")]
    [InlineData("{measure: agreement, model: tuned, data: f.test}", "23:9 steps.size | no parent | parent: the step whose network agreement compares with")]
    [InlineData("{measure: accuracy, model: tuned, parent: base, data: f.test}", "23:51 steps.size.parent | base | no parent: accuracy compare with none")]
    [InlineData("{measure: lipschitz-bound, model: tuned}", "23:9 steps.size | no threat | threat: the threat lipschitz-bound is about, for example {norm: l2, eps: 0.5}")]
    [InlineData("{measure: lipschitz-bound, of: weak, threat: {norm: l2, eps: 1}}", "23:54 steps.size.threat | a map with norm, eps | no threat: that of the attack is measured")]
    [InlineData("{measure: bytes, model: tuned, threat: {norm: l2, eps: 1}}", "23:48 steps.size.threat | a map with norm, eps | no threat: bytes depend on none")]
    [InlineData("{measure: local-lipschitz, model: tuned, threat: {norm: l2, eps: 1}}", "23:9 steps.size | no data | data: the examples measured on, for example fmnist.test")]
    [InlineData("{measure: spectrum, model: tuned, data: f.test}", "23:49 steps.size.data | f.test | no data: spectrum look at no examples")]
    [InlineData("{measure: accuracy, of: weak, data: f.test}", "23:45 steps.size.data | f.test | no data: those attacked are measured on")]
    [InlineData("{measure: compressibility, model: tuned}", "23:19 steps.size.measure | compressibility | compressibility with how many are kept, for example {compressibility: {k: [8, 40]}}")]
    [InlineData("{measure: {compressibility: {q: 1}}, model: tuned}", "23:37 steps.size.measure.compressibility | no k | k: how many are kept, for example [8, 40]")]
    [InlineData("{measure: {compressibility: {k: [8, 8]}}, model: tuned}", "23:41 steps.size.measure.compressibility.k | a list of 2 | 1 to 16 whole numbers, each once")]
    [InlineData("{measure: {spectrum: {k: 8}}, model: tuned}", "23:31 steps.size.measure.spectrum.k | unknown key k | a key of the settings of spectrum, of which there are none here")]
    [InlineData("{measure: {spectrum: 8}, model: tuned}", "23:30 steps.size.measure.spectrum | 8 | a map of settings of spectrum")]
    [InlineData("{measure: {lipschitz-bound: {variants: aligned}}, model: tuned, threat: {norm: l2, eps: 1}}", "23:48 steps.size.measure.lipschitz-bound.variants | aligned | aligned-estimate for l2, of which no bound is computed")]
    [InlineData("{measure: {lipschitz-bound: {k: 3}}, model: tuned, threat: {norm: l2, eps: 1}}", "23:41 steps.size.measure.lipschitz-bound.k | 3 | no k: the product of norms has none")]
    [InlineData("{measure: {lipschitz-bound: {masks: 3}}, model: tuned, threat: {norm: l2, eps: 1}}", "23:45 steps.size.measure.lipschitz-bound.masks | 3 | masks only beside aligned-estimate")]
    [InlineData("{measure: [spectrum, spectrum], model: tuned}", "23:30 steps.size.measure[1] | spectrum | each metric once")]
    public void What_does_not_fit_is_reported_where_it_stands(string size, string problem)
    {
        var problems = Should.Throw<BadInput>(() => Specs.Resolve(Specs.With((Size, $"size: {size}")))).Problems;
        problems.Select(p => $"{p.Line}:{p.Column} {p.Path} | {p.Found} | {p.Expected}").ShouldBe([problem]);
    }
}
