using Ledger.Runner.Attacks;
using Ledger.Runner.Torch;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class LogitDifferencesTests : TorchTests
{
    [Fact]
    public void Gradients_agree_with_finite_differences_for_every_class_and_row()
    {
        using var generator = Determinism.Generator(2);
        var (inner, outer) = (randn([20, 12], generator: generator), randn([10, 20], generator: generator));
        Tensor Network(Tensor x) => nn.functional.linear(nn.functional.linear(x.flatten(1), inner).tanh(), outer);
        var pixels = rand([3, 1, 3, 4], generator: generator);
        var (own, others) = (tensor(new long[] { 4, 0, 9 }), tensor(new long[] { 1, 2, 5, 3, 1, 7 }, [3, 2]));
        var direction = randn([3, 1, 3, 4], generator: generator);

        var found = LogitDifferences.Of(Network, pixels, own, others);

        var logits = Network(pixels);
        (found.Logits - logits).abs().max().item<float>().ShouldBe(0);
        Tensor Values(Tensor x) => Network(x) is var z ? z.gather(1, others) - z.gather(1, own.unsqueeze(1)) : null!;
        (found.Values - Values(pixels)).abs().max().item<float>().ShouldBe(0);
        var along = (found.Gradients * direction.unsqueeze(1)).flatten(2).sum(2);
        var difference = (Values(pixels + (direction * 1e-3f)) - Values(pixels - (direction * 1e-3f))) / 2e-3f;
        (along - difference).abs().max().item<float>().ShouldBeLessThan(0.01f * difference.abs().max().item<float>());
    }

    [Fact]
    public void Every_class_but_the_own_is_another() =>
        LogitDifferences.AllOthers([2, 0], 4).data<long>().ToArray().ShouldBe([0, 1, 3, 1, 2, 3]);
}
