using Ledger.Domain.Models;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Models;

public class ShapesTests
{
    [Theory]
    [InlineData(28, 3, 1, 1, 28)]
    [InlineData(28, 3, 2, 1, 14)]
    [InlineData(7, 3, 2, 1, 4)]
    [InlineData(5, 2, 2, 0, 2)]
    public void A_convolution_gives_as_many_windows_as_fit(int side, int kernel, int stride, int padding, int expected)
    {
        var net = new Architecture([1, side, side], 4, [new Conv2d("conv", ["input"], 1, 4, kernel, stride, padding, true)]);

        Shapes.Of(net)["conv"].ShouldBe([4, expected, expected]);
    }

    [Fact]
    public void Flatten_and_pooling_give_features()
    {
        var net = new Architecture([3, 4, 5], 3, [new Flatten("flat", ["input"]), new GlobalAveragePool("mean", ["input"])]);

        Shapes.Of(net)["flat"].ShouldBe([60]);
        Shapes.Of(net)["mean"].ShouldBe([3]);
    }

    [Fact]
    public void A_node_that_does_not_fit_is_named_with_what_comes_in()
    {
        var net = new Architecture([3, 4, 4], 2, [new Flatten("flat", ["input"]), new Linear("head", ["flat"], 47, 2, true)]);

        Should.Throw<InvalidDataException>(() => Shapes.Of(net)).Message.ShouldStartWith("node 'head' does not fit its input [48]");
    }

    [Fact]
    public void A_node_that_reads_nothing_known_is_named()
    {
        var net = new Architecture([3, 4, 4], 2, [new Relu("relu", ["conv"])]);

        Should.Throw<InvalidDataException>(() => Shapes.Of(net)).Message.ShouldBe("node 'relu' reads 'conv', which is neither an earlier node nor 'input'");
    }

    [Fact]
    public void A_window_larger_than_the_image_is_refused()
    {
        var net = new Architecture([1, 1, 1], 1, [new MaxPool2d("pool", ["input"], 2, 2)]);

        Should.Throw<InvalidDataException>(() => Shapes.Of(net)).Message.ShouldContain("only 1 pixels");
    }
}
