using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Measures;

public class PerturbationMeasuresTests : TorchTests
{
    private const int Count = 5, Size = 784;

    private static readonly MeasureSpec Alignment = new(["singular-alignment"], StepSituation.Test(Count));

    /// <summary>Pixels / std → two hidden units, of which the first sees pixel 0 three times, the second pixel 1 once.</summary>
    private static Network Hidden() => Measuring.Net(
        [1, 28, 28],
        [
            new Normalize("normalize", [Architecture.Pixels], [0.5], [0.5]), new Flatten("flat", ["normalize"]), new Linear("fc1", ["flat"], Size, 2, Bias: true),
            new Relu("relu", ["fc1"]), new Linear("head", ["relu"], 2, 10, Bias: false),
        ],
        ("fc1.weight", [3, .. new float[Size], 1, .. new float[Size - 2]]), ("fc1.bias", [10, 10]));

    /// <summary>The first examples with something added to some pixels of some of them.</summary>
    private static float[] Moved(params (int Example, int Pixel, float By)[] moves)
    {
        var data = Examples.Read(StepSituation.Sample, StepSituation.Test(Count));
        var pixels = Array.ConvertAll(data.Pixels, value => value / 255f);
        foreach (var (example, pixel, by) in moves)
            pixels[(example * Size) + pixel] += by;
        return pixels;
    }

    [Fact]
    public void A_perturbation_along_the_first_singular_vector_is_wholly_aligned_with_it()
    {
        using var network = Hidden();
        var measured = Measuring.Of(network, Alignment, Moved((0, 0, 0.1f), (3, 0, -0.2f)));
        measured.Value("alignment_top1").ShouldBe(1, 1e-7);
        measured.Value("alignment_rest_mean").ShouldBe(0, 1e-7);
    }

    [Fact]
    public void Alignment_is_a_mean_over_the_perturbed_examples()
    {
        using var situation = new StepSituation();
        using var network = Hidden();

        // One along v₁, one along v₂, one half way, one at a right angle to both; one example is left alone.
        var measured = Measuring.Of(situation, network, Alignment, Moved((0, 0, 0.1f), (1, 1, 0.1f), (2, 0, 0.1f), (2, 1, 0.1f), (3, 9, 0.1f)));

        var expected = (1 + 0 + Math.Sqrt(0.5) + 0) / 4;
        measured.Value("alignment_top1").ShouldBe(expected, 1e-6);
        measured.Value("alignment_rest_mean").ShouldBe(expected, 1e-6);
        situation.Series(measured, "singular_alignment").Length.ShouldBe(2);
    }

    [Fact]
    public void The_shift_is_how_far_the_representation_moves_by_its_length()
    {
        using var network = Hidden();
        var data = Examples.Read(StepSituation.Sample, StepSituation.Test(Count));

        var measured = Measuring.Of(network, new MeasureSpec(["representation-shift"], StepSituation.Test(Count)), Moved((2, 0, 0.1f), (4, 1, 0.5f)));

        // z = 10 + 3·(x₀ − ½)/½ and 10 + (x₁ − ½)/½.
        double Length(int example) => Math.Sqrt(Math.Pow(10 + (6 * ((data.Pixels[example * Size] / 255.0) - 0.5)), 2) + Math.Pow(10 + (2 * ((data.Pixels[(example * Size) + 1] / 255.0) - 0.5)), 2));
        measured.Value("representation_shift").ShouldBe(((0.6 / Length(2)) + (1.0 / Length(4))) / 2, 1e-6);
        measured.Value("perturbed_examples").ShouldBe(2);
    }

    [Fact]
    public void Unperturbed_examples_have_no_gap_and_nothing_to_align()
    {
        using var network = Hidden();
        var measured = Measuring.Of(
            network, new MeasureSpec(["loss-gap", "representation-shift", "singular-alignment"], StepSituation.Test(Count)), Moved());

        (measured.Value("loss_gap"), measured.Value("loss_gap_max")).ShouldBe((0, 0));
        measured.Value("representation_shift").ShouldBe(double.NaN);
        measured.Value("alignment_top1").ShouldBe(double.NaN);
        measured.Series.ShouldBeNull();
        measured.ExamplesDigest.ShouldNotBeNull();
    }

    [Fact]
    public void What_was_kept_must_be_of_these_examples()
    {
        using var network = Hidden();
        Should.Throw<StepFailure>(() => Measuring.Of(network, new MeasureSpec(["loss-gap"], StepSituation.Test(Count + 1)), Moved())).Message
            .ShouldBe("the attack kept F32 [5, 1, 28, 28]; the examples are F32 [6, 1, 28, 28]");
        Should.Throw<StepFailure>(() => Measuring.Of(network, new MeasureSpec(["loss-gap"], StepSituation.Test(Count)))).Message.ShouldContain("names no of");
    }

    [Fact]
    public void A_convolution_has_no_direction_in_the_whole_image()
    {
        using var network = Nets.SmallCnn(width: 0.1);
        Should.Throw<StepFailure>(() => Measuring.Of(network, Alignment, Moved((0, 0, 0.1f)))).Message.ShouldContain("'conv1' is not");
    }
}
