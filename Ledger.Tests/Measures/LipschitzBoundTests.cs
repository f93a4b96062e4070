using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Measures;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Tests.Attacks;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp;
using Xunit;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Measures;

public class LipschitzBoundTests : TorchTests
{
    private static readonly MetricSettings Aligned = new(LipschitzBound: new(["product", "aligned"], null, null));

    private static readonly MetricSettings Estimated = new(LipschitzBound: new(["product", "aligned-estimate"], null, 8));

    private static readonly Normalize Grey = new("normalize", [Architecture.Pixels], [0.5], [0.25]);

    /// <summary>Networks of every shape that the bound knows; all but one untrained.</summary>
    public static TheoryData<string> Kinds => ["mlp", "deep mlp", "trained", "cnn", "residual", "pooled", "low rank", "zoo resnet", "zoo wide resnet", "zoo vgg"];

    private static Network Net(string kind)
    {
        var network = kind switch
        {
            "mlp" => Nets.Mlp(2, 32),
            "trained" => Trained(),
            "deep mlp" => Nets.Mlp(3, 24, 16, 24),
            "cnn" => Nets.SmallCnn(4, width: 0.1),
            "low rank" => Nets.Zoo(new ModelSpec("mlp", [24, 16], 1, Bias: true, Nets.Grey, Rank: 5), 2),
            "zoo resnet" => Nets.Zoo(new ModelSpec("resnet-small", [], 4, Bias: true, Nets.Grey, Depth: 8), 2),
            "zoo wide resnet" => Nets.Zoo(new ModelSpec("wrn", [], 0.25, Bias: true, Nets.Grey, Depth: 10), 2),
            "zoo vgg" => Nets.Zoo(new ModelSpec("vgg-small", [], 4, Bias: true, Nets.Grey, Rank: 2), 2),
            "residual" => Nets.Of(new Architecture([1, 28, 28], 10,
            [
                Grey, new Conv2d("stem", ["normalize"], 1, 4, 3, 2, 1, Bias: false), new BatchNorm2d("norm", ["stem"], 4), new Relu("relu", ["norm"]),
                new BatchNorm2d("before", ["relu"], 4), new Conv2d("branch", ["before"], 4, 4, 3, 1, 1, Bias: true), new Conv2d("shortcut", ["relu"], 4, 4, 1, 1, 0, Bias: false),
                new Add("sum", ["branch", "shortcut"]), new GlobalAveragePool("pool", ["sum"]), new Linear("head", ["pool"], 4, 10, Bias: true),
            ]), 5),
            _ => Nets.Of(new Architecture([1, 28, 28], 10,
            [
                Grey, new MaxPool2d("pool", ["normalize"], 3, 2), new Conv2d("conv", ["pool"], 1, 3, 3, 1, 0, Bias: true), new Relu("relu", ["conv"]),
                new Flatten("flat", ["relu"]), new Linear("head", ["flat"], 363, 10, Bias: true),
            ]), 6),
        };
        foreach (var (name, scale) in kind == "residual" ? new[] { ("norm", 2f), ("before", -0.7f) } : [])
        {
            using var off = torch.no_grad();
            network[$"{name}.weight"].mul_(torch.tensor(new[] { scale, 1, 0.5f, -scale }));
            network[$"{name}.running_var"].mul_(torch.tensor(new[] { 0.3f, 1, 2, 1.5f }));
        }
        return network;
    }

    /// <summary>A few dozen steps of gradient descent, which take three images of four.</summary>
    private static Network Trained()
    {
        var network = Nets.Mlp(8, 24);
        var data = Examples.Read(StepSituation.Sample, StepSituation.Train(500));
        using var pixels = EvaluatedExamples.Pixels(data);
        using var images = pixels.to(torch.float32).div(Numbers.Brightest);
        var labels = torch.tensor(data.Labels.Select(label => (long)label).ToArray());
        for (var step = 0; step < 60; step++)
        {
            using var scope = torch.NewDisposeScope();
            var gradients = torch.autograd.grad([torch.nn.functional.cross_entropy(network.Forward(images), labels)], [.. network.Parameters]);
            using var off = torch.no_grad();
            foreach (var (parameter, gradient) in network.Parameters.Zip(gradients))
                parameter.sub_(gradient * torch.tensor(0.3f));
        }
        network.Forward(images).argmax(1).eq(labels).to(torch.float32).mean().item<float>().ShouldBeGreaterThan(0.7f);
        return network;
    }

    private static Examples Data(int count) => Examples.Read(StepSituation.Sample, StepSituation.Test(count));

    /// <summary>The points of highest loss that a short attack ends at, whatever the network says of the example at first.</summary>
    private static float[] Attacked(Network network, Threat threat, int count)
    {
        var data = Data(count);
        using var pixels = EvaluatedExamples.Pixels(data);
        using var images = pixels.to(torch.float32).div(Numbers.Brightest);
        var adversary = new Adversary("a", threat, new Pgd(5, StepSize.Parse("eps/2"), Start.Random));
        var (perturbed, _) = Adversaries.Perturb(
            network, images, torch.tensor(data.Labels.Select(label => (long)label).ToArray()), [.. data.Indices.Select(i => (long)i)], adversary, 3, 0);
        return perturbed.data<float>().ToArray();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_loss_never_rises_above_the_bound(string kind)
    {
        using var network = Net(kind);
        foreach (var threat in new[] { Measuring.Linf, Measuring.L2, Measuring.Linf with { Space = Space.Normalized }, Measuring.L2 with { Eps = Exact.Parse("0.01") } }
            .Where(threat => threat.Space == Space.Pixel || network.Architecture.Nodes.Any(node => node is Normalize)))
        {
            var measured = Measuring.Of(network, new MeasureSpec(["lipschitz-bound", "loss-gap"], StepSituation.Test(40), Measuring.Product, threat), Attacked(network, threat, 40));

            measured.Value("loss_gap").ShouldBeGreaterThan(0);
            measured.Value("loss_gap_max").ShouldBeGreaterThan(measured.Value("loss_gap"));
            measured.Value("loss_gap_max").ShouldBeLessThanOrEqualTo(measured.Value("loss_gap_bound"));
            measured.Value("adversarial_loss").ShouldBe(measured.Value("clean_loss") + measured.Value("loss_gap"), 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_two_images_are_taken_farther_apart_than_the_bound_says(string kind)
    {
        using var network = Net(kind);
        var head = (Linear)network.Architecture.Nodes[^1];
        var images = Measuring.Normal(1, 60, 1, 28, 28).to(torch.float32);
        var moves = torch.cat([Measuring.Normal(2, 30, 1, 28, 28) * 0.01, Measuring.Normal(3, 30, 1, 28, 28)]).to(torch.float32);
        using var off = torch.no_grad();
        var moved = (network.Value(images + moves, head.Inputs[0]) - network.Value(images, head.Inputs[0])).flatten(1);

        double linf = Measure(Measuring.Linf), l2 = Measure(Measuring.L2);

        (moved.abs().amax([1]) / moves.flatten(1).abs().amax([1])).max().item<float>().ShouldBeLessThanOrEqualTo((float)(linf * 1.0001));
        (moved.norm(1) / moves.flatten(1).norm(1)).max().item<float>().ShouldBeLessThanOrEqualTo((float)(l2 * 1.0001));

        double Measure(Threat threat) => Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], null, Measuring.Product, threat)).Value("lipschitz_product");
    }

    [Fact]
    public void What_an_attack_step_kept_is_measured_within_its_threat()
    {
        using var situation = new StepSituation();
        using var network = Trained();
        var adversary = new Adversary("pgd", Measuring.L2, new Pgd(5, StepSize.Parse("eps/2"), Start.Random));
        var task = situation.Task(new AttackStepSpec(adversary, StepSituation.Test(60), KeepExamples: true), network);
        var attacked = AttackStep.Run(task, TestContext.Current.CancellationToken).Completion;

        var spec = new MeasureSpec(["lipschitz-bound", "loss-gap", "representation-shift", "singular-alignment"], StepSituation.Test(60), Measuring.Product, Measuring.L2);
        var measured = MeasureStep.Run(situation.Task(spec, network) with { Perturbed = attacked.Perturbed }, TestContext.Current.CancellationToken).Completion;

        measured.ExamplesDigest.ShouldBe(attacked.ExamplesDigest);
        (attacked.Examples, measured.Value("perturbed_examples")).ShouldBe((60, 60), "wrong ones too");
        attacked.Correct.ShouldBeLessThan(60);
        measured.Value("loss_gap").ShouldBeInRange(0.01, measured.Value("loss_gap_bound"));
        measured.Value("representation_shift").ShouldBeInRange(0.01, measured.Value("lipschitz_product"));
        measured.Value("alignment_top1").ShouldBeInRange(0.001, 1);
    }

    [Fact]
    public void For_a_linear_network_the_bound_is_the_distance_of_the_classes()
    {
        using var network = LinearNets.Of(normalize: new Normalize("normalize", [Architecture.Pixels], [0.5], [0.25]));
        double l1 = LinearNets.Weights.Sum(Math.Abs), l2 = Math.Sqrt(LinearNets.Weights.Sum(weight => weight * weight));

        Bound(Measuring.Linf).ShouldBe(0.1f * 4 * l1, 1e-6);
        Bound(Measuring.L2).ShouldBe(0.5 * 4 * l2, 1e-6);
        Bound(Measuring.L2 with { Space = Space.Normalized }).ShouldBe(0.5 * l2, 1e-6);

        double Bound(Threat threat) => Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], null, Measuring.Product, threat)).Value("loss_gap_bound");
    }

    [Fact]
    public void Layers_multiply_and_branches_add()
    {
        using var network = Measuring.Net(
            [1, 1, 2],
            [
                new Flatten("flat", [Architecture.Pixels]), new Linear("in", ["flat"], 2, 2, Bias: false), new Relu("relu", ["in"]),
                new Linear("branch", ["relu"], 2, 2, Bias: false), new Add("sum", ["branch", "relu"]), new Linear("head", ["sum"], 2, 2, Bias: false),
            ],
            ("in.weight", [1, -2, 0, 1]), ("branch.weight", [3, 0, 0, 4]), ("head.weight", [1, 0, 0, 1]));

        var measured = Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], null, Measuring.Product, Measuring.Linf));

        measured.Value("lipschitz_product").ShouldBe(3 * (4 + 1));
        measured.Value("loss_gap_bound").ShouldBe(0.1f * 15 * 2, 1e-7);
    }

    [Fact]
    public void A_batch_norm_behind_a_convolution_scales_its_filters_one_by_one()
    {
        using var network = Measuring.Net(
            [1, 2, 2],
            [
                new Conv2d("conv", [Architecture.Pixels], 1, 2, 1, 1, 0, Bias: false), new BatchNorm2d("norm", ["conv"], 2), new Flatten("flat", ["norm"]),
                new Linear("head", ["flat"], 8, 2, Bias: false),
            ],
            ("conv.weight", [10, 1]), ("norm.weight", [1, 5]), ("norm.running_var", [1, 1]));

        // 10 · 1 and 1 · 5, not 10 · 5; the deviation is √(1 + 1e-5).
        Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], null, Measuring.Product, Measuring.Linf)).Value("lipschitz_product").ShouldBe(10 / Math.Sqrt(1 + 1e-5), 1e-6);
    }

    [Fact]
    public void Rounded_activations_have_no_bound()
    {
        using var network = Measuring.Net(
            [1, 1, 2],
            [new Flatten("flat", [Architecture.Pixels]), new FakeQuantize("round", ["flat"], 8, 0.01, 0, -127, 127), new Linear("head", ["round"], 2, 2, Bias: false)],
            ("head.weight", [1, 0, 0, 1]));

        var measured = Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], null, Measuring.Product, Measuring.Linf));

        measured.Metrics.ShouldAllBe(metric => metric.Value == null);
    }

    [Fact]
    public void The_aligned_bound_lies_between_the_gap_and_the_product()
    {
        using var network = Net("deep mlp");
        var measured = Measuring.Of(network, new MeasureSpec(["lipschitz-bound", "loss-gap"], StepSituation.Test(40), Aligned, Measuring.Linf), Attacked(network, Measuring.Linf, 40));

        measured.Metrics.Where(metric => metric.Name == "alignment_inf_bound").Select(metric => metric.Layer).ShouldBe(["fc1/fc2", "fc2/fc3"]);
        measured.Value("loss_gap_max").ShouldBeLessThanOrEqualTo(measured.Value("loss_gap_bound_aligned"));
        measured.Value("loss_gap_bound_aligned").ShouldBeLessThan(measured.Value("loss_gap_bound"));
        var (first, second) = (measured.Value("alignment_inf_bound", "fc1/fc2"), measured.Value("alignment_inf_bound", "fc2/fc3"));
        measured.Value("lipschitz_aligned").ShouldBe(measured.Value("lipschitz_product") * Math.Min(first, second), 1e-9);
    }

    [Fact]
    public void The_estimate_of_alignment_finds_the_best_of_all_masks()
    {
        var (first, second) = (Measuring.Normal(11, 7, 5), Measuring.Normal(12, 4, 7));
        var every = torch.tensor(Enumerable.Range(0, 128).SelectMany(bits => Enumerable.Range(0, 7).Select(i => (double)((bits >> i) & 1))).ToArray()).reshape(128, 7);
        var best = Enumerable.Range(0, 128).Max(row => torch.linalg.svdvals(second.matmul(torch.diag(every[row])).matmul(first))[0].item<double>());

        MaskSearch.Largest(first, second, every.T.contiguous()).ShouldBe(best, 1e-6 * best);
        MaskSearch.Largest(first, second, torch.ones(7, 1, dtype: torch.float64)).ShouldBeInRange(torch.linalg.svdvals(second.matmul(first))[0].item<double>() * (1 - 1e-6), best * (1 + 1e-12));
        MaskSearch.Largest(first, second, torch.zeros(7, 1, dtype: torch.float64)).ShouldBeLessThanOrEqualTo(best * (1 + 1e-12));
    }

    [Fact]
    public void The_aligned_estimate_is_below_the_product_and_says_that_it_is_an_estimate()
    {
        using var network = Net("deep mlp");
        var measured = Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], StepSituation.Test(20), Estimated, Measuring.L2));

        measured.Value("alignment_2_estimate", "fc1/fc2").ShouldBeInRange(0.1, 1);
        measured.Value("lipschitz_aligned_estimate").ShouldBeLessThan(measured.Value("lipschitz_product"));
        measured.Value("loss_gap_bound_aligned_estimate").ShouldBe(
            measured.Value("loss_gap_bound") * measured.Value("lipschitz_aligned_estimate") / measured.Value("lipschitz_product"), 1e-9);

        var few = Measuring.Of(network, new MeasureSpec(["lipschitz-bound"], StepSituation.Test(20), new(LipschitzBound: new(["aligned-estimate"], 15, 8)), Measuring.L2));
        few.Value("alignment_2_estimate", "fc1/fc2").ShouldBeGreaterThanOrEqualTo(measured.Value("alignment_2_estimate", "fc1/fc2") - 1e-6);
    }

    [Fact]
    public void Alignment_is_refused_for_graphs_and_in_the_other_norm()
    {
        using Network residual = Net("residual"), mlp = Net("mlp");
        Should.Throw<StepFailure>(() => Measuring.Of(residual, new MeasureSpec(["lipschitz-bound"], null, Aligned, Measuring.Linf))).Message.ShouldContain("'shortcut' makes this network a graph");
        Should.Throw<StepFailure>(() => Measuring.Of(mlp, new MeasureSpec(["lipschitz-bound"], null, Aligned, Measuring.L2))).Message.ShouldContain("aligned-estimate");
    }
}
