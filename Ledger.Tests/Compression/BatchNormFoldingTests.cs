using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Steps;
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
    public void Batch_norm_that_does_not_follow_a_convolution_of_its_own_is_refused()
    {
        var net = new Architecture([2, 4, 4], 2, [new BatchNorm2d("bn", ["input"], 2), new GlobalAveragePool("pool", ["bn"])]);

        Should.Throw<StepFailure>(() => BatchNormFolding.Fold(State(net))).Message.ShouldContain("'bn' cannot be folded");
    }
}
