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
    [Theory]
    [InlineData("small-cnn", 421_642)]
    [InlineData("mlp", 101_770)]
    [InlineData("eight-layer-conv", 549_994)]
    public void Parameter_counts(string kind, long expected)
    {
        var architecture = Architectures.Build(Spec(kind) with { Hidden = [128] }, [1, 28, 28], 10);

        StateLayout.Of(architecture).Where(slot => slot.Trained).Sum(slot => slot.Shape.Aggregate(1L, (a, b) => a * b)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("small-cnn")]
    [InlineData("mlp")]
    [InlineData("eight-layer-conv")]
    public void Every_network_gives_logits_on_grey_and_colour_images(string kind)
    {
        foreach (var input in new int[][] { [1, 28, 28], [3, 32, 32] })
        {
            double[] half = [.. Enumerable.Repeat(0.5, input[0])];
            var architecture = Architectures.Build(Spec(kind) with { Normalize = new(half, half), Width = 0.5 }, input, 10);
            using var network = Nets.Of(architecture);

            network.Forward(zeros([2, .. input.Select(size => (long)size)])).shape.ShouldBe([2, 10]);
        }
    }

    [Fact]
    public void Width_multiplies_channels_and_leaves_the_logits()
    {
        var architecture = Architectures.Build(Nets.SmallCnnSpec(width: 0.25), [1, 28, 28], 10);

        architecture.Nodes.OfType<Conv2d>().Select(conv => conv.OutChannels).ShouldBe([8, 16]);
        architecture.Nodes.OfType<Linear>().Select(linear => linear.OutFeatures).ShouldBe([32, 10]);
    }

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
}
