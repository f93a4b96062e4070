using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Torch;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training;

public class TrainingLossTests : TorchTests
{
    private static readonly Adversary Kl = new(
        "kl", Sample.Linf, new Pgd(3, StepSize.Parse("0.04"), Start.Normal, Loss: AttackLoss.Kl, StartDeviation: 0.001));

    [Fact]
    public void The_divergence_of_two_rows_of_logits_is_what_the_formula_says()
    {
        var (p, q) = (new[] { 0.7, 0.2, 0.1 }, new[] { 0.1, 0.3, 0.6 });
        var expected = p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();

        var logits = tensor(p).log().unsqueeze(0) + 3;
        TradesLoss.Divergence(logits, tensor(q).log().unsqueeze(0) - 2).item<double>().ShouldBe(expected, 1e-12);
        TradesLoss.Divergence(logits, logits).item<double>().ShouldBe(0);
    }

    [Fact]
    public void Trades_is_cross_entropy_and_beta_times_the_divergence_of_what_the_adversary_finds()
    {
        using var network = Nets.SmallCnn(width: 0.25);
        var batch = Batch(6);
        var (perturbed, _) = Adversaries.Perturb(network, batch.Pixels, batch.Labels, batch.Indices, Kl, seed: 5, draw: 2);
        var (clean, adversarial) = (network.Forward(batch.Pixels), network.Forward(perturbed));
        var expected = Cross(clean, batch).item<float>() + (6 * TradesLoss.Divergence(clean, adversarial).mean().item<float>());

        using var loss = TrainingLoss.Of(Spec(new Trades(6, Kl)), attack: 5);
        var fit = loss.Of(network, batch, epoch: 2);

        fit.Loss.item<float>().ShouldBe(expected, 1e-5f);
        fit.GradientEvaluations.ShouldBe(6 * (3 + 2));
        expected.ShouldBeGreaterThan(Cross(clean, batch).item<float>());
    }

    [Fact]
    public void An_adversary_that_finds_nothing_leaves_cross_entropy_of_trades()
    {
        using var network = Nets.SmallCnn(width: 0.25);
        var batch = Batch(4);
        var idle = Kl with { Threat = Kl.Threat with { Eps = Exact.Parse("1e-30") } };

        using var loss = TrainingLoss.Of(Spec(new Trades(6, idle)), attack: 5);

        loss.Of(network, batch, epoch: 0).Loss.item<float>().ShouldBe(Cross(network.Forward(batch.Pixels), batch).item<float>(), 1e-6f);
    }

    [Fact]
    public void The_divergence_is_raised_within_the_threat()
    {
        using var network = Nets.SmallCnn(width: 0.25);
        var batch = Batch(8);

        var (perturbed, _) = Adversaries.Perturb(network, batch.Pixels, batch.Labels, batch.Indices, Kl, seed: 1, draw: 0);

        using var attacked = new AttackedNetwork(network.Forward, Kl.Threat, network.Architecture);
        ExampleNoise[] noise = [.. batch.Indices.Select(index => new ExampleNoise(1, 0, (uint)index, 0))];
        var start = batch.Pixels + new GradientAttack(Kl.Attack, Kl.Threat.Eps).Begin(attacked, batch.Pixels, noise);
        var clean = network.Forward(batch.Pixels);
        var (before, after) = (TradesLoss.Divergence(clean, network.Forward(start)), TradesLoss.Divergence(clean, network.Forward(perturbed)));
        after.gt(before).all().item<bool>().ShouldBeTrue();
        (perturbed - batch.Pixels).abs().max().item<float>().ShouldBeInRange(0.05f, 0.1f + 1e-6f);
        (start - batch.Pixels).abs().max().item<float>().ShouldBeInRange(0.0005f, 0.006f);
    }

    [Theory]
    [InlineData("0.5", 7, 4)] // 3.5 rounds up
    [InlineData("0.25", 8, 2)]
    [InlineData("0.01", 8, 0)]
    public void A_fraction_replaces_the_first_of_a_batch(string fraction, int all, int replaced)
    {
        using var network = Nets.SmallCnn(width: 0.25);
        var batch = Batch(all);
        using var loss = TrainingLoss.Of(Spec() with { Adversary = Sample.Pgd2, Use = new AdversaryUse(Exact.Parse(fraction)) }, attack: 3);

        var fit = loss.Of(network, batch, epoch: 0);

        var moved = fit.Logits.sub(network.Forward(batch.Pixels)).abs().amax([1]).gt(1e-3);
        moved.data<bool>().ToArray().ShouldBe([.. Enumerable.Range(0, all).Select(row => row < replaced)]);
        fit.GradientEvaluations.ShouldBe(all + (2 * replaced));
    }

    [Fact]
    public void The_adversary_can_come_in_after_some_epochs()
    {
        using var network = Nets.SmallCnn(width: 0.25);
        var batch = Batch(4);
        using var loss = TrainingLoss.Of(Spec() with { Adversary = Sample.Pgd2, Use = new AdversaryUse(After: 2) }, attack: 3);

        Enumerable.Range(0, 4).Select(epoch => loss.Of(network, batch, epoch).GradientEvaluations).ShouldBe([4, 4, 12, 12]);
    }

    private static TrainSpec Spec(LossSpec? loss = null) =>
        new(Nets.SmallCnnSpec(), Sample.Train(10), Sample.Adam(1) with { Loss = loss }, Adversary: null);

    private static Tensor Cross(Tensor logits, Batch batch) => nn.functional.cross_entropy(logits, batch.Labels);

    private static Batch Batch(int count)
    {
        using var generator = Determinism.Generator(2);
        return new Batch(rand([count, 1, 28, 28], generator: generator), arange(count, ScalarType.Int64), [.. Enumerable.Range(0, count).Select(row => (long)row)]);
    }
}
