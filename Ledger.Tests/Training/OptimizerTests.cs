using Ledger.Domain.Experiments;
using Ledger.Runner.Training;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Adam = Ledger.Domain.Experiments.Adam;
using AdamW = Ledger.Domain.Experiments.AdamW;

namespace Ledger.Tests.Training;

/// <summary>One weight that begins at 1, with gradients 2 and then −1, against the published update rules.</summary>
public class OptimizerTests : TorchTests
{
    private const double G1 = 2, G2 = -1, Lr = 0.1, Decay = 0.5;

    [Fact]
    public void Plain_sgd() => Steps(new Sgd(Lr)).ShouldBe([1 - (Lr * G1), 1 - (Lr * G1) - (Lr * G2)], 1e-6);

    [Fact]
    public void Sgd_with_momentum_keeps_a_velocity()
    {
        var v2 = (0.9 * G1) + G2;

        Steps(new Sgd(Lr, Momentum: 0.9)).ShouldBe([1 - (Lr * G1), 1 - (Lr * G1) - (Lr * v2)], 1e-6);
    }

    [Fact]
    public void Nesterov_looks_ahead()
    {
        var v2 = (0.9 * G1) + G2;
        var w1 = 1 - (Lr * (G1 + (0.9 * G1)));

        Steps(new Sgd(Lr, Momentum: 0.9, Nesterov: true)).ShouldBe([w1, w1 - (Lr * (G2 + (0.9 * v2)))], 1e-6);
    }

    [Fact]
    public void Weight_decay_of_sgd_adds_to_the_gradient()
    {
        var w1 = 1 - (Lr * (G1 + Decay));

        Steps(new Sgd(Lr, WeightDecay: Decay)).ShouldBe([w1, w1 - (Lr * (G2 + (Decay * w1)))], 1e-6);
    }

    [Fact]
    public void Adam_moves_by_the_ratio_of_corrected_moments()
    {
        var w1 = AdamStep(1, G1, G1, 1);

        Steps(new Adam(Lr)).ShouldBe([w1, AdamStep(w1, G1, G2, 2)], 1e-6);
    }

    [Fact]
    public void Weight_decay_of_adam_adds_to_the_gradient()
    {
        var g1 = G1 + Decay;
        var w1 = AdamStep(1, g1, g1, 1);

        Steps(new Adam(Lr, WeightDecay: Decay)).ShouldBe([w1, AdamStep(w1, g1, G2 + (Decay * w1), 2)], 1e-6);
    }

    [Fact]
    public void Weight_decay_of_adamw_shrinks_the_weight()
    {
        var w1 = AdamStep(1 - (Lr * Decay), G1, G1, 1);

        Steps(new AdamW(Lr, WeightDecay: Decay)).ShouldBe([w1, AdamStep(w1 * (1 - (Lr * Decay)), G1, G2, 2)], 1e-6);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_rate_that_is_set_is_the_rate_that_is_used(OptimizerSpec spec)
    {
        using var weight = new Parameter(tensor([1f]));
        using var optimizer = Optimizer.Of(spec, [weight]);
        optimizer.Rate = 0;

        Step(weight, optimizer, G1).ShouldBe(1);
    }

    public static TheoryData<OptimizerSpec> All => [new Sgd(Lr, 0.9), new Adam(Lr), new AdamW(Lr)];

    /// <summary>Kingma and Ba 2015, algorithm 1, at time <paramref name="t"/> of 1 or 2; <paramref name="g1"/> is the first gradient.</summary>
    private static double AdamStep(double w, double g1, double g, int t)
    {
        var m = t == 1 ? 0.1 * g : (0.9 * 0.1 * g1) + (0.1 * g);
        var v = t == 1 ? 0.001 * g * g : (0.999 * 0.001 * g1 * g1) + (0.001 * g * g);
        return w - (Lr * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8));
    }

    private static double[] Steps(OptimizerSpec spec)
    {
        using var weight = new Parameter(tensor([1f]));
        using var optimizer = Optimizer.Of(spec, [weight]);
        return [Step(weight, optimizer, G1), Step(weight, optimizer, G2)];
    }

    private static double Step(Parameter weight, Optimizer optimizer, double gradient)
    {
        optimizer.ZeroGradients();
        (weight * gradient).sum().backward();
        optimizer.Step();
        return weight.item<float>();
    }
}
