using Ledger.Domain.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training.Regularizers;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training.Regularizers;

public class HardConcreteGatesTests : TorchTests
{
    private static Architecture Wide(int filters) => new([1, 4, 4], 2,
    [
        new Conv2d("conv1", ["input"], 1, 1, 1, 1, 0, Bias: false),
        new Conv2d("conv2", ["conv1"], 1, filters, 1, 1, 0, Bias: true),
        new GlobalAveragePool("pool", ["conv2"]),
        new Linear("fc", ["pool"], filters, 2, Bias: false),
    ]);

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public void Drawn_gates_are_open_as_often_as_they_say_and_closed_or_full_at_the_ends(double droprate)
    {
        const int Filters = 20_000;
        using var gates = new HardConcreteGates(Wide(Filters), droprate, seed: 1);

        var (drawn, _) = gates.Gate(gates.Layers[0], ones(Filters, 1, 1, 1), null, training: true);

        var open = HardConcreteGates.Open(gates.Parameters[0]).mean().item<float>();
        drawn.gt(0).to_type(float32).mean().item<float>().ShouldBe(open, 0.015f);
        (drawn.min().item<float>(), drawn.max().item<float>()).ShouldBe((0, 1));
        var logAlpha = Math.Log(1 - droprate) - Math.Log(droprate);
        gates.Parameters[0].mean().item<float>().ShouldBe((float)logAlpha, 0.001f);
        open.ShouldBe((float)(1 / (1 + Math.Exp(-logAlpha + (2.0 / 3 * Math.Log(0.1 / 1.1))))), 0.001f);
    }

    [Fact]
    public void Each_forward_pass_draws_anew_and_evaluation_does_not_draw()
    {
        using var gates = new HardConcreteGates(Wide(50), 0.3, seed: 1);
        float[] Gate(bool training) => gates.Gate(gates.Layers[0], ones(50, 1, 1, 1), null, training).Weight.data<float>().ToArray();

        Gate(training: true).ShouldNotBe(Gate(training: true));
        Gate(training: false).ShouldBe(Gate(training: false));
        Gate(training: false)[0].ShouldBe(0.74f, 0.01f); // 1.2·0.7 − 0.1
    }

    [Fact]
    public void A_gate_multiplies_the_output_of_its_filter()
    {
        using var network = Nets.Of(Wide(3));
        using var gates = new HardConcreteGates(network.Architecture, 0.3, seed: 1);
        var pixels = ones(2, 1, 4, 4);
        var plain = network.Value(pixels, "conv2");

        network.Reparametrization = gates.Gate;

        var expected = plain * HardConcreteGates.Test(gates.Parameters[0]).view(1, -1, 1, 1);
        network.Value(pixels, "conv2").sub(expected).abs().max().item<float>().ShouldBe(0, 1e-6f);
    }

    [Fact]
    public void Parameters_of_gates_are_kept_within_bounds()
    {
        using var gates = new HardConcreteGates(Wide(2), 0.3, seed: 1);
        using (no_grad())
            gates.Parameters[0].copy_(tensor([-100f, 100f]));

        gates.Clamp();

        gates.Parameters[0].data<float>().ToArray().ShouldBe([(float)Math.Log(0.01), (float)Math.Log(100)], 1e-6);
    }

    [Fact]
    public void In_a_chain_all_convolutions_but_the_first_are_gated()
    {
        using var network = Nets.Zoo(new("eight-layer-conv", [], 0.1, Bias: true, Nets.Grey));

        HardConcreteGates.Gated(network.Architecture).Select(layer => layer.Id).ShouldBe(["conv2", "conv3", "conv4", "conv5", "conv6"]);
    }

    [Fact]
    public void In_residual_blocks_the_convolutions_whose_outputs_are_added_are_not()
    {
        Architecture blocks = new([1, 8, 8], 2,
        [
            new Conv2d("stem", ["input"], 1, 4, 3, 1, 1, Bias: false),
            new BatchNorm2d("a.bn1", ["stem"], 4),
            new Conv2d("a.conv1", ["a.bn1"], 4, 4, 3, 1, 1, Bias: false),
            new BatchNorm2d("a.bn2", ["a.conv1"], 4),
            new Conv2d("a.conv2", ["a.bn2"], 4, 4, 3, 1, 1, Bias: false),
            new Conv2d("a.shortcut", ["stem"], 4, 4, 1, 1, 0, Bias: false),
            new Add("a", ["a.conv2", "a.shortcut"]),
            new Conv2d("b.conv1", ["a"], 4, 4, 3, 1, 1, Bias: false),
            new Relu("b.relu", ["b.conv1"]),
            new Conv2d("b.conv2", ["b.relu"], 4, 4, 3, 1, 1, Bias: false),
            new BatchNorm2d("b.bn2", ["b.conv2"], 4),
            new Add("b", ["a", "b.bn2"]),
            new GlobalAveragePool("pool", ["b"]),
            new Linear("fc", ["pool"], 4, 2, Bias: true),
        ]);

        HardConcreteGates.Gated(blocks).Select(layer => layer.Id).ShouldBe(["a.conv1", "b.conv1"]);
    }

    [Fact]
    public void A_network_without_such_a_convolution_cannot_be_gated()
    {
        using var network = Nets.Mlp(1, 5);

        Should.Throw<StepFailure>(() => new HardConcreteGates(network.Architecture, 0.3, seed: 1)).Message.ShouldContain("no convolution to gate");
    }
}
