using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Models;

public class InitialisationTests : TorchTests
{
    [Fact]
    public void The_seed_decides()
    {
        using var one = Nets.SmallCnn(seed: 5);
        using var same = Nets.SmallCnn(seed: 5);
        using var other = Nets.SmallCnn(seed: 6);

        TensorBytes.Digest(same.State()).ShouldBe(TensorBytes.Digest(one.State()));
        TensorBytes.Digest(other.State()).ShouldNotBe(TensorBytes.Digest(one.State()));
    }

    [Fact]
    public void Weights_and_biases_are_uniform_within_one_over_the_root_of_fan_in()
    {
        using var network = Nets.Mlp(seed: 1, hidden: 400);
        var bound = 1 / Math.Sqrt(784);

        var weight = network["fc1.weight"].detach();
        weight.abs().max().item<float>().ShouldBeInRange((float)(bound * 0.999), (float)bound);
        weight.std().item<float>().ShouldBe((float)(bound / Math.Sqrt(3)), 1e-4);
        network["fc1.bias"].abs().max().item<float>().ShouldBeLessThanOrEqualTo((float)bound);
    }

    [Fact]
    public void Kaiming_normal_weights_have_their_deviations_and_no_biases()
    {
        var architecture = Architectures.Build(Nets.SmallCnnSpec(), [1, 28, 28], 10);
        using var generator = Determinism.Generator(3);
        using var network = Network.Initialise(architecture, generator, WeightInit.KaimingNormal);

        network["conv2.weight"].std().item<float>().ShouldBe((float)Math.Sqrt(2.0 / (64 * 9)), 2e-3f);
        network["fc1.weight"].std().item<float>().ShouldBe((float)Math.Sqrt(2.0 / 3136), 2e-4f);
        network["conv2.bias"].abs().max().item<float>().ShouldBe(0);
        network["fc2.bias"].abs().max().item<float>().ShouldBe(0);
    }

    [Fact]
    public void Integer_weights_cannot_be_drawn()
    {
        Architecture net = new([1, 1, 1], 1, [new Linear("fc1", ["input"], 1, 1, Bias: false, new WeightQuantization(8, Granularity.PerTensor))]);

        Should.Throw<ArgumentException>(() => Nets.Of(net)).Message.ShouldContain("fc1");
    }
}
