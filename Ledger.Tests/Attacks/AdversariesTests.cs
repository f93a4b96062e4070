using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Torch;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class AdversariesTests : TorchTests
{
    private static readonly Adversary Pgd = new(
        "test", new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, Clip: true), new Pgd(3, StepSize.Parse("eps/2"), Start.Random));

    [Fact]
    public void Raises_the_loss_within_the_threat()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        var (pixels, labels) = Batch(8);

        var (perturbed, passes) = Adversaries.Perturb(net, pixels, labels, [0, 1, 2, 3, 4, 5, 6, 7], Pgd, seed: 1, draw: 0);

        passes.ShouldBe(24);
        Loss(net, perturbed, labels).ShouldBeGreaterThan(Loss(net, pixels, labels));
        (perturbed - pixels).abs().max().item<float>().ShouldBe(0.1f, 1e-6f);
        perturbed.min().item<float>().ShouldBeGreaterThanOrEqualTo(0);
        perturbed.max().item<float>().ShouldBeLessThanOrEqualTo(1);
        perturbed.requires_grad.ShouldBeFalse();
    }

    [Fact]
    public void Leaves_the_network_in_its_mode_and_without_gradients()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        net.Training = true;
        var (pixels, labels) = Batch(4);
        var before = TensorBytes.Digest(net.State());

        Adversaries.Perturb(net, pixels, labels, [0, 1, 2, 3], Pgd, seed: 1, draw: 0);

        net.Training.ShouldBeTrue();
        TensorBytes.Digest(net.State()).ShouldBe(before);
        net.Parameters.Select(parameter => parameter.grad).ShouldAllBe(gradient => ReferenceEquals(gradient, null));
    }

    [Fact]
    public void Walks_from_beside_the_examples_up_the_divergence_as_TRADES_does()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        var (pixels, labels) = Batch(8);
        var trades = Pgd with { Attack = new Pgd(5, StepSize.Parse("eps/4"), Start.Normal, Loss: AttackLoss.Kl, StartDeviation: 0.001) };

        var (perturbed, _) = Adversaries.Perturb(net, pixels, labels, [0, 1, 2, 3, 4, 5, 6, 7], trades, seed: 1, draw: 0);

        var divergence = AttackLosses.Of(AttackLoss.Kl, labels, () => net.Forward(pixels))(net.Forward(perturbed)).data<float>().ToArray();
        var random = (pixels + (0.1f * (perturbed - pixels).sign().roll(1, 3))).clamp(0, 1);
        var unaimed = AttackLosses.Of(AttackLoss.Kl, labels, () => net.Forward(pixels))(net.Forward(random)).data<float>().ToArray();
        divergence.Zip(unaimed).ShouldAllBe(pair => pair.First > pair.Second);
        (perturbed - pixels).abs().max().item<float>().ShouldBe(0.1f, 1e-6f);
    }

    [Fact]
    public void A_network_under_attack_asks_for_no_gradients_and_does_so_again_afterwards()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        using (new FrozenNetwork(net))
            net.Parameters.ShouldAllBe(parameter => !parameter.requires_grad);
        net.Parameters.ShouldAllBe(parameter => parameter.requires_grad);
    }

    [Fact]
    public void Noise_follows_the_example_and_changes_with_the_draw()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        using var network = new AttackedNetwork(net.Forward, Pgd.Threat, net.Architecture);
        var attack = new GradientAttack(Pgd.Attack, Pgd.Threat.Eps);
        var (pixels, _) = Batch(2);
        var same = cat([pixels[0].unsqueeze(0), pixels[0].unsqueeze(0)]);
        Tensor Begin(uint draw, params uint[] examples) => attack.Begin(network, same, [.. examples.Select(example => new ExampleNoise(1, draw, example, 0))]);

        var epoch0 = Begin(0, 4, 9);
        var swapped = Begin(0, 9, 4);
        var epoch1 = Begin(1, 4, 9);

        swapped[1].data<float>().ToArray().ShouldBe(epoch0[0].data<float>().ToArray());
        epoch1[0].data<float>().ToArray().ShouldNotBe(epoch0[0].data<float>().ToArray());
        epoch0[1].data<float>().ToArray().ShouldNotBe(epoch0[0].data<float>().ToArray());
    }

    private static (Tensor Pixels, Tensor Labels) Batch(int count)
    {
        using var generator = Determinism.Generator(2);
        return (rand([count, 1, 28, 28], generator: generator), arange(count, ScalarType.Int64));
    }

    private static float Loss(Ledger.Runner.Models.Network net, Tensor pixels, Tensor labels) =>
        nn.functional.cross_entropy(net.Forward(pixels), labels).item<float>();
}
