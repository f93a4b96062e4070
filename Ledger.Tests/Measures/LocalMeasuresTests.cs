using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Measures;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp;
using Xunit;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Measures;

public class LocalMeasuresTests : TorchTests
{
    private static MeasureSpec Local(Threat threat, int samples = 3, int examples = 130) =>
        new(["local-lipschitz"], StepSituation.Test(examples), new MetricSettings(LocalLipschitz: new(samples)), threat);

    [Fact]
    public void A_linear_margin_has_one_slope_everywhere()
    {
        // Logit 0 is 3 x₀ + 4 x₁ of pixels / ½, all others are 0: the margin's gradient is ±(6, 8) wherever label or rival is 0, else 0.
        using var network = Measuring.Net(
            [1, 28, 28],
            [new Normalize("normalize", [Architecture.Pixels], [0.5], [0.5]), new Flatten("flat", ["normalize"]), new Linear("head", ["flat"], 784, 10, Bias: true)],
            ("head.weight", [3, 4, .. new float[7838]]), ("head.bias", [100, .. new float[9]]));

        Values(Measuring.L2).ShouldBe((10, 10, 10));
        Values(Measuring.Linf).ShouldBe((14, 14, 14));
        Values(Measuring.L2 with { Space = Space.Normalized }).ShouldBe((5, 5, 5));

        (double, double, double) Values(Threat threat)
        {
            var measured = Measuring.Of(network, Local(threat));
            return (Math.Round(measured.Value("local_lipschitz_mean"), 4), Math.Round(measured.Value("local_lipschitz_max"), 4), Math.Round(measured.Value("local_lipschitz_sampled"), 4));
        }
    }

    [Fact]
    public void A_slope_is_the_margin_s_finite_difference()
    {
        using var situation = new StepSituation();
        using var network = Nets.Mlp(9, 20);
        using var subject = new Subject(situation.Task(Local(Measuring.L2), network), TestContext.Current.CancellationToken);
        using var space = Ledger.Runner.Attacks.PixelSpace.Of(Measuring.L2, network.Architecture);
        var points = torch.rand([6, 1, 28, 28], generator: Ledger.Runner.Torch.Determinism.Generator(4));
        long[] labels = [0, 1, 2, 3, 4, 5];

        double[] slopes = LocalLipschitz.Slopes(subject, space, Norm.L2, points, labels);

        var point = points.to(torch.float64);
        for (var row = 0; row < labels.Length; row++)
        {
            // Along its own gradient the margin rises at the gradient's length.
            using var x = points[row].unsqueeze(0).detach().requires_grad_(true);
            var logits = network.Forward(x)[0];
            var rival = Enumerable.Range(0, 10).Where(j => j != row).MaxBy(j => logits[j].item<float>());
            var gradient = torch.autograd.grad([logits[row] - logits[rival]], [x])[0];
            var step = gradient / gradient.norm() * torch.tensor(1e-2f);
            var rise = (Margin(points[row].unsqueeze(0) + step, row) - Margin(points[row].unsqueeze(0) - step, row)) / 2e-2;
            slopes[row].ShouldBe(rise, 0.02 * Math.Abs(rise));
        }

        double Margin(torch.Tensor image, int label)
        {
            var logits = network.Forward(image)[0].data<float>().ToArray();
            return logits[label] - logits.Where((_, j) => j != label).Max();
        }
    }

    [Fact]
    public void Samples_around_an_example_only_add_and_depend_on_the_seed_alone()
    {
        using var network = Nets.Mlp(9, 20);
        var (few, many) = (Measuring.Of(network, Local(Measuring.Linf, 2, 20)), Measuring.Of(network, Local(Measuring.Linf, 6, 20)));

        few.Value("local_lipschitz_sampled").ShouldBeGreaterThan(few.Value("local_lipschitz_mean"));
        many.Value("local_lipschitz_sampled").ShouldBeGreaterThanOrEqualTo(few.Value("local_lipschitz_sampled"));
        many.Value("local_lipschitz_sampled_max").ShouldBeGreaterThanOrEqualTo(many.Value("local_lipschitz_max"));
        Measuring.Of(network, Local(Measuring.Linf, 2, 20)).Metrics.ShouldBe(few.Metrics);
    }

    [Fact]
    public void Local_slopes_stay_below_the_global_bound()
    {
        using var network = Nets.Mlp(9, 20);
        var measured = Measuring.Of(network, new MeasureSpec(
            ["lipschitz-bound", "local-lipschitz"], StepSituation.Test(20), Measuring.Product with { LocalLipschitz = new(4) }, Measuring.Linf));

        measured.Value("local_lipschitz_sampled_max").ShouldBeLessThanOrEqualTo(measured.Value("loss_gap_bound") / Measuring.Linf.Eps.Float);
    }

    [Fact]
    public void A_network_agrees_with_itself()
    {
        using var network = Nets.Mlp(1, 8);
        var measured = Measuring.Of(network, new MeasureSpec(["agreement"], StepSituation.Test(130)), parent: network);
        (measured.Value("parent_agreement"), measured.Value("parent_logit_difference"), measured.Value("parent_logit_difference_max")).ShouldBe((1, 0, 0));
    }

    [Fact]
    public void Disagreement_is_counted_and_logits_are_held_side_by_side()
    {
        using Network parent = Net(1), child = Net(-1);
        var measured = Measuring.Of(child, new MeasureSpec(["agreement"], StepSituation.Test(130)), parent: parent);

        // Logit 0 is 1 and −1; the parent always says 0, the child 1. One of ten logits differs, by 2.
        measured.Value("parent_agreement").ShouldBe(0);
        measured.Value("parent_logit_difference").ShouldBe(0.2, 1e-12);
        measured.Value("parent_logit_difference_max").ShouldBe(2);

        static Network Net(float first) => Measuring.Net(
            [1, 28, 28], [new Flatten("flat", [Architecture.Pixels]), new Linear("head", ["flat"], 784, 10, Bias: true)],
            ("head.weight", new float[7840]), ("head.bias", [first, .. new float[9]]));
    }

    [Fact]
    public void Agreement_needs_a_parent() =>
        Should.Throw<StepFailure>(() =>
        {
            using var network = Nets.Mlp(1, 8);
            Measuring.Of(network, new MeasureSpec(["agreement"], StepSituation.Test(5)));
        }).Message.ShouldContain("names no parent");
}
