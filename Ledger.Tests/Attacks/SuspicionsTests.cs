using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp;
using Xunit;

namespace Ledger.Tests.Attacks;

public class SuspicionsTests : TorchTests
{
    private static readonly LogitReading Right = new(3, true, 0.1, 2);
    private static readonly LogitReading Worse = new(3, true, 0.5, 1);
    private static readonly LogitReading Wrong = new(4, false, 2, -1);

    [Fact]
    public void An_attack_that_works_is_not_flagged() =>
        Flags([.. Many(90, Sees(Wrong, step: 2)), .. Many(10, Sees(Worse, step: 9))]).ShouldBeEmpty();

    [Fact]
    public void Gradients_of_zero_are_flagged_with_their_fraction() =>
        Flags([.. Many(98, Sees(Worse, 5)), .. Many(2, example => example.ZeroGradient = true, Sees(Worse, 5))])
            .ShouldBe([("zero-gradient", 0.02, Suspicions.ZeroGradient)]);

    [Fact]
    public void A_loss_that_never_rose_is_flagged() =>
        Flags([.. Many(90, Sees(Worse, 5)), .. Many(10, Sees(Right, 5))]).ShouldBe([("loss-not-raised", 0.1, Suspicions.LossNotRaised)]);

    [Fact]
    public void Breaking_until_the_last_steps_is_flagged() =>
        Flags([.. Many(90, Sees(Wrong, 2)), .. Many(10, Sees(Wrong, 10))]).ShouldBe([("still-breaking", 0.1, Suspicions.StillBreaking)]);

    [Fact]
    public void Steps_too_short_to_reach_the_surface_are_flagged() =>
        Flags(Many(100, Sees(Wrong, 2)), stepSize: "eps/16").ShouldBe([("out-of-reach", 0.625, 1)]);

    [Fact]
    public void A_network_no_better_than_chance_is_flagged()
    {
        AttackedExample[] examples = [.. Many(12, Sees(Wrong, 2)), .. Enumerable.Range(0, 88).Select(i => new AttackedExample(i, 3, Wrong))];

        var (code, value, threshold) = Flags(examples).ShouldHaveSingleItem();
        (code, threshold).ShouldBe(("clean-at-chance", 0.1));
        value!.Value.ShouldBe(Accuracy.Wilson95(12, 100).Low);
    }

    [Fact]
    public void Logits_that_are_not_finite_are_flagged() =>
        Flags(Many(100, Sees(new LogitReading(-1, false, double.NaN, double.NaN), 3))).ShouldBe([("non-finite-logits", 100, 0)]);

    [Fact]
    public void Attacks_that_do_not_raise_the_loss_step_by_step_are_not_held_to_it()
    {
        foreach (var attack in new AttackSpec[] { new Fab(new FabSettings()), new DeepFool(), new RandomNoise(10) })
            Flags([.. Many(50, Sees(Wrong, 2)), .. Many(50, Sees(Right, 0))], attack).ShouldBeEmpty();
    }

    private static List<(string Code, double? Value, double? Threshold)> Flags(IReadOnlyList<AttackedExample> examples, string stepSize = "eps/4") =>
        Flags(examples, new Pgd(10, StepSize.Parse(stepSize), Start.Random));

    private static List<(string Code, double? Value, double? Threshold)> Flags(IReadOnlyList<AttackedExample> examples, AttackSpec attack)
    {
        var adversary = new Adversary("test", new Threat(Norm.Linf, Exact.Parse("0.125"), Space.Pixel, true), attack);
        using var network = new AttackedNetwork(x => x, adversary.Threat, Architectures.Build(Nets.SmallCnnSpec(), [1, 28, 28], 10));
        var part = new AttackFindings.Part(AttackParts.Of(adversary)[0], new AttackPart("pgd", 0, 0, 0, 0, 0));
        return [.. Suspicions.Of("step", new AttackFindings(examples, [part], torch.zeros(1), 1), network).Select(flag => (flag.Code, flag.Value, flag.Threshold))];
    }

    private static Action<AttackedExample> Sees(LogitReading reading, int step) => example => example.Sees(new SeenPoint(reading, "pgd", Restart: 0, step, Late: step > 7), Keeping.FirstBroken, longest: 1);

    private static List<AttackedExample> Many(int count, params Action<AttackedExample>[] happened) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var example = new AttackedExample(i, 3, Right);
        Array.ForEach(happened, happens => happens(example));
        return example;
    })];
}
