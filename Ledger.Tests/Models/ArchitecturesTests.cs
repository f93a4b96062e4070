using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Models;

public class ArchitecturesTests : TorchTests
{
    public static TheoryData<ModelSpec, int, int, long> Published => new()
    {
        { Spec("small-cnn"), 1, 10, 421_642 },
        { Spec("mlp") with { Hidden = [128] }, 1, 10, 101_770 },
        { Spec("eight-layer-conv"), 1, 10, 549_994 },
        { Spec("resnet18"), 3, 10, 11_173_962 },
        { Spec("resnet18"), 3, 100, 11_220_132 },
        { Spec("vgg16"), 3, 10, 14_728_266 },
        { Spec("wrn") with { Depth = 28, Width = 10 }, 3, 10, 36_479_194 },
        { Spec("wrn") with { Depth = 16, Width = 4 }, 3, 10, 2_748_890 },
        { Spec("wrn") with { Depth = 40, Width = 4 }, 3, 10, 8_949_210 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Parameters_are_as_many_as_published(ModelSpec spec, int channels, int classes, long expected)
    {
        var architecture = Architectures.Build(Of(spec, channels), channels == 1 ? [1, 28, 28] : [3, 32, 32], classes);

        StateLayout.Of(architecture).Where(slot => slot.Trained).Sum(slot => slot.Shape.Aggregate(1L, (a, b) => a * b)).ShouldBe(expected);
        Cost.Parameters(architecture).ShouldBe(expected);
    }

    [Theory]
    [InlineData("resnet18", 555_422_720)]
    [InlineData("vgg16", 313_201_664)]
    [InlineData("wrn", 5_243_328_768)]
    public void Multiply_accumulates_of_one_colour_image(string kind, long expected) =>
        Cost.Macs(Architectures.Build(Of(Any(kind, kind == "wrn" ? 10 : 1, 28), 3), [3, 32, 32], 10)).ShouldBe(expected);

    public static TheoryData<string> Kinds => [.. Architectures.Kinds.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_network_gives_logits_on_grey_and_colour_images_dense_and_of_low_rank(string kind)
    {
        foreach (var rank in new int?[] { null, 3 })
        {
            foreach (var input in new int[][] { [1, 32, 32], [3, 32, 32] })
            {
                var architecture = Architectures.Build(Of(Any(kind, 0.125) with { Rank = rank }, input[0]), input, 7);
                using var network = Nets.Of(architecture);

                network.Forward(zeros([2, .. input.Select(size => (long)size)])).shape.ShouldBe([2, 7]);
                architecture.Nodes.OfType<Linear>().Last().OutFeatures.ShouldBe(7);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_low_rank_layer_is_two_and_the_first_and_last_stay_dense(string kind)
    {
        var dense = Architectures.Build(Of(Any(kind, 0.5), 3), [3, 32, 32], 10).Nodes.OfType<Weighted>().ToList();
        var low = Architectures.Build(Of(Any(kind, 0.5) with { Rank = 5 }, 3), [3, 32, 32], 10).Nodes.OfType<Weighted>().ToList();

        low[^1].ShouldBeOfType<Linear>().Id.ShouldBe(dense[^1].Id);
        foreach (var layer in dense)
        {
            if (layer == dense[^1] || layer is Conv2d { InChannels: 3 })
            {
                low.ShouldContain(same => same.Id == layer.Id);
                continue;
            }

            var (first, second) = (low.Single(node => node.Id == $"{layer.Id}_b"), low.Single(node => node.Id == $"{layer.Id}_a"));
            (first.Bias, second.Bias, second.Inputs[0]).ShouldBe((false, layer.Bias, first.Id));
            (Outputs(first), Inputs(second), Outputs(second)).ShouldBe((5, 5, Outputs(layer)));
            if ((layer, first, second) is (Conv2d whole, Conv2d kernel, Conv2d mix))
            {
                (kernel.Kernel, kernel.Stride, kernel.Padding).ShouldBe((whole.Kernel, whole.Stride, whole.Padding));
                (mix.Kernel, mix.Stride, mix.Padding).ShouldBe((1, 1, 0));
            }
        }
    }

    [Fact]
    public void Biases_can_be_left_out()
    {
        Architectures.Build(Of(Any("vgg16", 1) with { Bias = false }, 3), [3, 32, 32], 10).Nodes.OfType<Weighted>().ShouldAllBe(layer => !layer.Bias);
        Architectures.Build(Of(Any("mlp", 1) with { Bias = false, Rank = 2 }, 1), [1, 28, 28], 10).Nodes.OfType<Weighted>().ShouldAllBe(layer => !layer.Bias);
    }

    [Fact]
    public void Normalisation_comes_before_the_convolution_in_a_wide_residual_network_and_after_it_in_the_others()
    {
        var wide = Architectures.Build(Of(Any("wrn", 2), 3), [3, 32, 32], 10);
        var residual = Architectures.Build(Of(Any("resnet18", 1), 3), [3, 32, 32], 10);

        wide.Nodes.OfType<Add>().ShouldAllBe(sum => sum.Inputs.All(id => wide.Nodes.First(node => node.Id == id) is Conv2d || wide.Nodes.First(node => node.Id == id) is Add));
        residual.Nodes.OfType<BatchNorm2d>().ShouldAllBe(norm => residual.Nodes.First(node => node.Id == norm.Inputs[0]) is Conv2d);
    }

    [Fact]
    public void Images_too_small_for_a_network_are_refused() =>
        Should.Throw<BadInput>(() => Architectures.Build(Spec("vgg16"), [1, 28, 28], 10)).Message.ShouldContain("found images of 1 × 28 × 28, expected larger ones for vgg16: node 'pool5'");

    [Fact]
    public void Width_multiplies_channels_and_leaves_the_logits()
    {
        var architecture = Architectures.Build(Nets.SmallCnnSpec(width: 0.25), [1, 28, 28], 10);

        architecture.Nodes.OfType<Conv2d>().Select(conv => conv.OutChannels).ShouldBe([8, 16]);
        architecture.Nodes.OfType<Linear>().Select(linear => linear.OutFeatures).ShouldBe([32, 10]);
    }

    [Theory]
    [InlineData("wrn", 12)]
    [InlineData("wrn", null)]
    [InlineData("resnet-small", 10)]
    public void A_depth_must_be_one_there_is(string kind, int? depth) =>
        Should.Throw<BadInput>(() => Architectures.Build(Spec(kind) with { Depth = depth }, [1, 28, 28], 10)).Message.ShouldContain("expected a depth of");

    [Fact]
    public void An_unknown_network_is_refused_with_the_known_names() =>
        Should.Throw<BadInput>(() => Architectures.Build(Spec("resnet-19"), [1, 28, 28], 10)).Message.ShouldContain("small-cnn");

    [Fact]
    public void All_bad_settings_are_reported()
    {
        var spec = new ModelSpec("mlp", [0], 0, Bias: true, new Normalization([0.5, 0.5], [0]));

        Should.Throw<BadInput>(() => Architectures.Build(spec, [1, 28, 28], 10)).Problems.Count.ShouldBe(4);
    }

    private static ModelSpec Spec(string kind) => new(kind, [], 1, Bias: true, Nets.Grey);

    /// <summary>A network of that kind, with whatever settings it must have.</summary>
    private static ModelSpec Any(string kind, double width, int depth = 16)
    {
        var known = Architectures.Kinds.Single(entry => entry.Name == kind);
        return Spec(kind) with { Hidden = known.Hidden ? [12] : [], Width = known.Width > 1 ? 4 : width, Depth = known.Depths is { First: var first } ? Math.Max(first, kind == "wrn" ? depth : 8) : null };
    }

    private static ModelSpec Of(ModelSpec spec, int channels)
    {
        double[] half = [.. Enumerable.Repeat(0.5, channels)];
        return spec with { Normalize = new(half, half) };
    }

    private static int Outputs(Weighted node) => node is Conv2d conv ? conv.OutChannels : ((Linear)node).OutFeatures;

    private static int Inputs(Weighted node) => node is Conv2d conv ? conv.InChannels : ((Linear)node).InFeatures;
}
