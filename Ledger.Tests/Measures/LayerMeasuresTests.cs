using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp;
using Xunit;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Measures;

public class LayerMeasuresTests : TorchTests
{
    /// <summary>4 pixels → 2 → 3 without activation between (a low-rank layer) → ReLU → 2 logits.</summary>
    private static Network LowRank() => Measuring.Net(
        [1, 2, 2],
        [
            new Flatten("flat", [Architecture.Pixels]), new Linear("a", ["flat"], 4, 2, Bias: false), new Linear("b", ["a"], 2, 3, Bias: true),
            new Relu("relu", ["b"]), new Linear("head", ["relu"], 3, 2, Bias: false),
        ],
        ("a.weight", [1, 0, 0, 0, 0, 2, 0, 0]), ("b.weight", [3, 0, 0, 4, 0, 0]), ("head.weight", [1, 1, 1, 1, 1, 1.5f]));

    private static MeasureSpec Spec(params string[] metrics) => new(metrics, null);

    [Fact]
    public void A_low_rank_layer_is_measured_by_its_factors_and_as_their_product()
    {
        using var network = LowRank();

        var measured = Measuring.Of(network, Spec("operator-norms", "condition-number", "stable-rank"));

        // b·a = [[3, 0, 0, 0], [0, 8, 0, 0], [0, 0, 0, 0]].
        measured.Metrics.Where(metric => metric.Name == "operator_norm_2").Select(metric => metric.Layer).ShouldBe(["a", "b", "a+b", "head"]);
        measured.Value("operator_norm_inf", "a+b").ShouldBe(8);
        measured.Value("operator_norm_2", "a+b").ShouldBe(8, 1e-14);
        measured.Value("frobenius_norm", "a+b").ShouldBe(Math.Sqrt(73), 1e-14);
        measured.Value("stable_rank", "a+b").ShouldBe(73.0 / 64, 1e-14);
        measured.Value("log10_condition", "a+b").ShouldBe(Math.Log10(8.0 / 3), 1e-13);
        measured.Value("numerical_rank", "a+b").ShouldBe(2);
        (measured.Value("dead_rows", "a+b"), measured.Value("dead_columns", "a+b"), measured.Value("dead_columns", "a")).ShouldBe((1, 2, 2));
        measured.Value("operator_norm_inf_product").ShouldBe(8 * 3.5, 1e-12);
        measured.Value("spectral_norm_product").ShouldBe(8 * measured.Value("operator_norm_2", "head"), 1e-12);
        measured.Value("stable_rank_mean").ShouldBe((measured.Value("stable_rank", "a+b") + measured.Value("stable_rank", "head")) / 2, 1e-14);
    }

    [Fact]
    public void Batch_norm_is_folded_into_the_layer_it_reads_so_that_the_weights_own_scale_drops_out()
    {
        double Folded(float scale, bool alone = true)
        {
            using var network = Measuring.Net(
                [1, 2, 2],
                [
                    new Conv2d("conv", [Architecture.Pixels], 1, 2, 1, 1, 0, Bias: false), new BatchNorm2d("norm", ["conv"], 2), new Add("sum", ["norm", alone ? "norm" : "conv"]),
                    new Flatten("flat", ["sum"]), new Linear("head", ["flat"], 8, 2, Bias: false),
                ],
                ("conv.weight", [3 * scale, -1 * scale]), ("norm.weight", [2, -5]), ("norm.running_var", [scale * scale, scale * scale]),
                ("head.weight", [1, .. new float[7], 0, 1, .. new float[6]]));
            return Measuring.Of(network, Spec("operator-norms")).Value("folded_norm_product");
        }

        // √((2 · 3)² + (5 · 1)²), but for the 1e-5 under the root.
        Folded(1).ShouldBe(Math.Sqrt(61), 1e-4);
        Folded(10).ShouldBe(Math.Sqrt(61), 1e-4);
        // What something else reads too stays a layer of its own.
        Folded(10, alone: false).ShouldBe(10 * Math.Sqrt(10), 1e-4);
    }

    [Fact]
    public void Conditions_are_summed_up_over_the_layers_as_they_act()
    {
        using var network = LowRank();

        var measured = Measuring.Of(network, Spec("condition-number"));

        // Only the product has less than full rank; the head's Gram matrix is [[3, 3.5], [3.5, 4.25]].
        measured.Value("rank_deficient_layers").ShouldBe(1);
        var (sum, difference) = (7.25 / 2, Math.Sqrt((1.25 * 1.25 / 4) + (3.5 * 3.5)));
        measured.Value("log10_condition_head").ShouldBe(0.5 * Math.Log10((sum + difference) / (sum - difference)), 1e-7);
        measured.Value("log10_condition_median").ShouldBe((measured.Value("log10_condition_head") + Math.Log10(8.0 / 3)) / 2, 1e-12);
    }

    [Fact]
    public void A_convolution_is_taken_as_filters_by_window()
    {
        using var network = Measuring.Net(
            [2, 3, 3],
            [new Conv2d("conv", [Architecture.Pixels], 2, 2, Kernel: 2, Stride: 1, Padding: 0, Bias: false), new Flatten("flat", ["conv"]), new Linear("head", ["flat"], 8, 2, Bias: false)],
            ("conv.weight", [1, -1, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, -5, 0, 0, 0]));

        var measured = Measuring.Of(network, Spec("operator-norms"));

        measured.Value("operator_norm_inf", "conv").ShouldBe(7);
        measured.Value("operator_norm_2", "conv").ShouldBe(5, 1e-14);
        measured.Value("conv_norm_2_bound", "conv").ShouldBe(10, 1e-13);
        measured.Value("conv_norm_2_estimate", "conv").ShouldBeInRange(5, 10);
    }

    [Fact]
    public void Singular_values_are_kept_as_a_series()
    {
        using var situation = new StepSituation();
        using var network = LowRank();

        var measured = Measuring.Of(situation, network, Spec("spectrum"));

        double[] values = situation.Series(measured, "a+b.singular_values");
        values.Select(value => Math.Round(value, 12)).ShouldBe([8, 3, 0]);
        measured.Metrics.ShouldBeEmpty();
    }

    [Fact]
    public void The_eighth_singular_value_is_held_against_the_first()
    {
        using var situation = new StepSituation();
        using var network = Nets.Mlp(1, 16);

        var measured = Measuring.Of(situation, network, Spec("spectrum"));

        double[] values = situation.Series(measured, "fc1.singular_values");
        values.Length.ShouldBe(16);
        measured.Value("s8_over_s1", "fc1").ShouldBe(values[7] / values[0]);
    }

    [Fact]
    public void Compressibility_comes_with_theorem_31_for_every_layer_that_is_wide_enough()
    {
        using var network = Nets.Mlp(1, 16);
        var spec = new MeasureSpec(["operator-norms", "compressibility"], null, new MetricSettings(new CompressibilitySettings(1, [2, 12])));

        var measured = Measuring.Of(network, spec);

        foreach (var layer in new[] { "fc1", "fc2" })
        {
            measured.Value("operator_norm_inf", layer).ShouldBeLessThanOrEqualTo(measured.Value("theorem31_inf", layer));
            measured.Value("operator_norm_2", layer).ShouldBeLessThanOrEqualTo(measured.Value("theorem31_2", layer));
            measured.Value("theorem31_inf", layer).ShouldBeLessThanOrEqualTo(measured.Value("theorem31_inf_minmax_k2", layer));
            measured.Value("row_eps_k2", layer).ShouldBeInRange(0.5, 1);
        }
        measured.Metrics.Where(metric => metric.Name == "spectral_eps_k12").Select(metric => metric.Layer).ShouldBe(["fc1"]);
        measured.Value("row_eps_k2_mean").ShouldBe((measured.Value("row_eps_k2", "fc1") + measured.Value("row_eps_k2", "fc2")) / 2, 1e-15);
    }

    [Fact]
    public void Another_norm_than_q_1_comes_without_theorem_31()
    {
        using var network = Nets.Mlp(1, 16);
        var measured = Measuring.Of(network, new MeasureSpec(["compressibility"], null, new MetricSettings(new CompressibilitySettings(2, [2]))));

        measured.Metrics.ShouldNotContain(metric => metric.Name.StartsWith("theorem31"));
        measured.Value("spectral_eps_k2", "fc1").ShouldBeInRange(0.1, 1);
    }

    [Fact]
    public void Sparsity_indices_are_given_for_each_weight_and_for_all_parameters()
    {
        using var network = LowRank();
        var measured = Measuring.Of(network, new MeasureSpec(["sparsity-indices"], null, new MetricSettings(SparsityIndices: new SparsityIndexSettings(0.5))));

        measured.Value("par_comp_kappa", "a").ShouldBe(1);
        measured.Value("nonzero_weights", "head").ShouldBe(6);
        measured.Value("pq_index", "a").ShouldBe(1 - (3 / Math.Sqrt(8 * 5)), 1e-14);
        measured.Metrics.ShouldContain(metric => metric.Name == "net_comp_kappa" && metric.Layer == null);
        measured.Metrics.ShouldNotContain(metric => metric.Layer == "a+b");
    }

    [Fact]
    public void Integer_weights_are_measured_as_what_they_stand_for()
    {
        using var situation = new StepSituation();
        using var network = Nets.Mlp(1, 16);
        var integers = WeightQuantizer.Quantize(ModelState.Of(network.Architecture, network.State()), 8, Granularity.PerTensor);
        using var quantized = Network.Load(integers.Architecture, [.. integers.Tensors.Values]);

        var (float32, int8) = (Measuring.Of(network, Spec("operator-norms")), Measuring.Of(situation, quantized, Spec("operator-norms")));

        int8.Value("operator_norm_2", "fc1").ShouldBe(float32.Value("operator_norm_2", "fc1"), 0.01);
        int8.Value("operator_norm_2", "fc1").ShouldNotBe(float32.Value("operator_norm_2", "fc1"));
    }

    [Fact]
    public void A_network_scaled_is_as_compressible_and_as_conditioned_as_before()
    {
        using Network network = Nets.Mlp(3, 16), scaled = Nets.Mlp(3, 16);
        using (torch.no_grad())
            scaled["fc1.weight"].mul_(torch.tensor(8f));
        var spec = new MeasureSpec(["stable-rank", "condition-number", "compressibility"], null, new MetricSettings(new CompressibilitySettings(1, [4])));

        var (before, after) = (Measuring.Of(network, spec), Measuring.Of(scaled, spec));

        foreach (var name in new[] { "stable_rank", "effective_rank", "log10_condition", "row_eps_k4", "spectral_beta_mean_k4" })
            after.Value(name, "fc1").ShouldBe(before.Value(name, "fc1"), 1e-9);
        after.Value("theorem31_2", "fc1").ShouldBe(8 * before.Value("theorem31_2", "fc1"), 1e-9);
    }
}
