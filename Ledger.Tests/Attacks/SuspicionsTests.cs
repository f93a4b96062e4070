using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
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
        Flags([.. Many(90, Sees(Wrong, step: 2)), .. Many(10, Sees(Worse, step: 5))]).ShouldBeEmpty();

    [Fact]
    public void Gradients_of_zero_are_flagged_with_their_fraction() =>
        Flags([.. Many(98, Sees(Worse, 5)), .. Many(2, example => example.ZeroGradient = true, Sees(Worse, 5))])
            .ShouldBe([("zero-gradient", 0.02, Suspicions.ZeroGradient)]);

    [Fact]
    public void One_gradient_that_is_not_finite_is_flagged() =>
        Flags([.. Many(99, Sees(Worse, 5)), .. Many(1, example => example.NonFiniteGradient = true, Sees(Worse, 5))])
            .ShouldBe([("non-finite-gradient", 0.01, 0)]);

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
    public void What_is_transferred_takes_its_steps_elsewhere()
    {
        using var parent = Nets.SmallCnn(width: 0.25);
        var adversary = new Adversary("test", Threat("0.125"), new Transfer(new Pgd(4, StepSize.Parse("eps/2"), Start.Zero)));
        AttackFindings.Part[] parts = [new(AttackParts.Of(adversary, parent)[0], new AttackPart("transfer-pgd", 100, 0, 0, 0, 0))];

        Flags(Many(100, Sees(Wrong, 2)), parts).ShouldBeEmpty();
    }

    [Fact]
    public void A_network_no_better_than_chance_is_flagged()
    {
        AttackedExample[] examples = [.. Many(12, Sees(Wrong, 2)), .. Enumerable.Range(0, 88).Select(i => new AttackedExample(i, 3, Wrong))];

        var (code, value, threshold) = Flags(examples).ShouldHaveSingleItem();
        (code, threshold).ShouldBe(("clean-at-chance", 0.1));
        value!.Value.ShouldBe(Accuracy.Wilson95(12, 100).Low);
    }

    [Fact]
    public void Examples_without_some_of_the_classes_are_flagged_once_there_are_enough()
    {
        static IEnumerable<AttackedExample> Of(int label, int count) => Enumerable.Range(0, count).Select(i =>
        {
            var example = new AttackedExample(i, label, Right);
            Sees(Wrong, 2)(example);
            return example;
        });
        AttackedExample[] WithClasses(int classes) => [.. Enumerable.Range(0, classes).SelectMany(label => Of(label, 200 / classes))];

        Flags([.. Of(3, 199)]).ShouldBeEmpty();
        Flags([.. Of(3, 200)]).ShouldBe([("missing-classes", 1, 10)]);
        Flags(WithClasses(8)).ShouldBe([("missing-classes", 8, 10)]);
        Flags(WithClasses(10)).ShouldBeEmpty();
    }

    [Fact]
    public void Logits_that_are_not_finite_are_flagged() =>
        Flags(Many(100, Sees(new LogitReading(-1, false, double.NaN, double.NaN), 3))).ShouldBe([("non-finite-logits", 100, 0)]);

    [Fact]
    public void Attacks_that_do_not_raise_the_loss_step_by_step_are_not_held_to_it()
    {
        foreach (var attack in new AttackSpec[] { new Fab(new FabSettings()), new DeepFool(), new RandomNoise(10) })
            Flags([.. Many(50, Sees(Wrong, 2)), .. Many(50, Sees(Right, 0))], Parts((attack, 0))).ShouldBeEmpty();
    }

    [Fact]
    public void A_loss_that_still_rises_at_the_end_is_flagged_with_the_late_part_of_its_rise() =>
        // From 0.1 to 0.4 early, to 0.5 in the last quarter.
        Flags([.. Many(90, Sees(Wrong, 2)), .. Many(10, Sees(Worse with { Loss = 0.4 }, 5), Sees(Worse, 9))])
            .ShouldHaveSingleItem().ShouldSatisfyAllConditions(flag => flag.Code.ShouldBe("still-rising"), flag => flag.Value!.Value.ShouldBe(0.25, 1e-12));

    [Fact]
    public void A_weaker_attack_that_breaks_what_a_stronger_left_standing_is_flagged()
    {
        var (pgd, square, fgsm) = (new Pgd(4, StepSize.Parse("eps/4"), Start.Random), new Square(4), new Fgsm());

        Flags(Half, Parts((pgd, 40), (square, 10))).ShouldBe([("gradient-free-stronger", 0.1, Suspicions.WeakerBreaksMore)]);
        Flags(Half, Parts((square, 40), (pgd, 10))).ShouldBeEmpty();
        Flags(Half, Parts((pgd, 40), (fgsm, 10))).ShouldBe([("single-step-stronger", 0.1, Suspicions.WeakerBreaksMore)]);
        Flags(Half, Parts((fgsm, 40), (pgd, 10))).ShouldBeEmpty();
    }

    [Fact]
    public void A_network_that_answers_differently_the_second_time_or_with_probabilities_is_flagged()
    {
        Flags(Half, forward: new ForwardFacts(0.25, false)).ShouldBe([("random-forward", 0.25, 0)]);
        Flags(Half, forward: new ForwardFacts(0, true)).ShouldBe([("probability-output", 1, 0)]);
    }

    [Theory]
    [InlineData(false, 0.0, 0.0)]
    [InlineData(false, 0.05, 0.5)]
    [InlineData(false, 0.1, null)]
    [InlineData(true, 0.0, null)]
    public void A_quantizer_that_cuts_off_what_an_unclipped_threat_adds_is_flagged(bool clip, double beyond, double? passed)
    {
        // Normalised pixels lie in [-1, 1]; 0.1 there is 0.05 in pixels.
        var levels = new ActivationRange(-1 - (float)beyond, 1 + (float)beyond).Levels(16, LevelForm.AffineOdd);
        var architecture = new Architecture(
            [1, 2, 2], 10, [new Normalize("norm", [Architecture.Pixels], [0.5], [0.5]), levels.Node("quantized", "norm", 16), new Flatten("flat", ["quantized"])]);
        foreach (var (space, eps) in new[] { (Space.Normalized, "0.1"), (Space.Pixel, "0.05") })
        {
            using var network = new AttackedNetwork(x => x, new Threat(Norm.Linf, Exact.Parse(eps), space, clip), architecture);
            var found = new AttackFindings(Half, Parts((new Pgd(10, StepSize.Parse("eps/4"), Start.Random), 0)), torch.zeros(1), 1, new ForwardFacts(0, false));

            var flags = Suspicions.Of("step", found, network).ToDictionary(flag => flag.Code, flag => flag.Value);

            flags.ContainsKey("input-cut").ShouldBe(passed is not null);
            if (passed is { } expected)
                flags["input-cut"]!.Value.ShouldBe(expected, 1e-3);
        }
    }

    [Fact]
    public void Two_passes_tell_a_network_that_draws_and_one_that_ends_in_a_softmax()
    {
        var architecture = Architectures.Build(Nets.SmallCnnSpec(), [1, 28, 28], 10);
        ForwardFacts Facts(Func<torch.Tensor, torch.Tensor> forward)
        {
            using var network = new AttackedNetwork(forward, Threat("0.125"), architecture);
            return ForwardFacts.Of(network, torch.ones(3, 1, 28, 28));
        }
        var calls = 0;

        Facts(x => x.flatten(1).narrow(1, 0, 10)).ShouldBe(new ForwardFacts(0, false));
        Facts(x => x.flatten(1).narrow(1, 0, 10) + (0.5f * calls++)).ShouldBe(new ForwardFacts(0.5, false));
        Facts(x => x.flatten(1).narrow(1, 0, 10).softmax(1)).ShouldBe(new ForwardFacts(0, true));
    }

    [Fact]
    public void What_stands_though_every_image_may_become_grey_is_flagged()
    {
        Flags(Half, eps: "0.5").ShouldBe([("standing-without-bound", 0.5, 0.1)]);
        Flags(Many(100, Sees(Wrong, 2)), eps: "0.5").ShouldBeEmpty();
        Flags(Half, eps: "0.499").ShouldBeEmpty();
    }

    private static List<AttackedExample> Half => [.. Many(50, Sees(Wrong, 2)), .. Many(50, Sees(Worse, 5))];

    private static Threat Threat(string eps) => new(Norm.Linf, Exact.Parse(eps), Space.Pixel, Clip: true);

    private static IReadOnlyList<AttackFindings.Part> Parts(params (AttackSpec Attack, int Broken)[] parts) => [.. parts.Select(part =>
        new AttackFindings.Part(AttackParts.Of(new Adversary("test", Threat("0.125"), part.Attack))[0], new AttackPart(AttackNames.Of(part.Attack), 100, part.Broken, 0, 0, 0)))];

    private static List<(string Code, double? Value, double? Threshold)> Flags(
        IReadOnlyList<AttackedExample> examples, IReadOnlyList<AttackFindings.Part>? parts = null, string? stepSize = null, string eps = "0.125", ForwardFacts? forward = null)
    {
        using var network = new AttackedNetwork(x => x, Threat(eps), Architectures.Build(Nets.SmallCnnSpec(), [1, 28, 28], 10));
        parts ??= Parts((new Pgd(10, StepSize.Parse(stepSize ?? eps), Start.Random), 0));
        var found = new AttackFindings(examples, parts, torch.zeros(1), 1, forward ?? new ForwardFacts(0, false));
        return [.. Suspicions.Of("step", found, network).Select(flag => (flag.Code, flag.Value, flag.Threshold))];
    }

    private static Action<AttackedExample> Sees(LogitReading reading, int step) => example => example.Sees(new SeenPoint(reading, "pgd", Restart: 0, step, Late: step > 7), Keeping.FirstBroken, longest: 1);

    private static List<AttackedExample> Many(int count, params Action<AttackedExample>[] happened) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var example = new AttackedExample(i, 3, Right);
        Array.ForEach(happened, happens => happens(example));
        return example;
    })];
}
