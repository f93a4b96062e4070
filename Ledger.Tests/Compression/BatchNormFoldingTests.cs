using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;

namespace Ledger.Tests.Compression;

public class BatchNormFoldingTests : TorchTests
{
    [Fact]
    public void The_folded_network_gives_the_same_logits_without_batch_norm()
    {
        var model = State(Residual);
        var folded = BatchNormFolding.Fold(model);

        folded.Architecture.Nodes.OfType<BatchNorm2d>().ShouldBeEmpty();
        folded.Tensors.Keys.ShouldAllBe(name => !name.Contains("_bn", StringComparison.Ordinal));
        var images = Images(Residual);
        LargestDifference(Logits(folded, images), Logits(model, images)).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Batch_norm_that_no_convolution_has_to_itself_stays()
    {
        var model = State(PreActivation);
        var folded = BatchNormFolding.Fold(model);

        folded.Architecture.Nodes.OfType<BatchNorm2d>().Select(norm => norm.Id).ShouldBe(["last_bn"]);
        folded.Architecture.Nodes.OfType<Conv2d>().Where(conv => conv.Bias).Select(conv => conv.Id).ShouldBe(["stem", "inner"]);
        var images = Images(PreActivation);
        LargestDifference(Logits(folded, images), Logits(model, images)).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Batch_norm_of_a_convolution_that_others_read_too_stays()
    {
        var net = new Architecture([2, 4, 4], 2,
        [
            new Conv2d("conv", ["input"], 2, 2, 1, 1, 0, false), new BatchNorm2d("bn", ["conv"], 2), new Add("add", ["bn", "conv"]), new GlobalAveragePool("pool", ["add"]),
        ]);

        BatchNormFolding.Fold(State(net)).Architecture.ShouldBe(net);
    }
}
