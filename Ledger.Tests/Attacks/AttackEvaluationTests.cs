using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class AttackEvaluationTests : TorchTests
{
    private const ulong Seed = 7;

    public static TheoryData<string> Attacks() => [.. Rows.Keys];

    // An attack's row is its own text, so a new attack is one more line.
    private static readonly Dictionary<string, Adversary> Rows = new AttackSpec[]
    {
        new Fgsm(),
        new Pgd(5, StepSize.Parse("eps/2"), Start.Zero),
        new Pgd(5, StepSize.Parse("2.5*eps/steps"), Start.Random),
        new Pgd(3, StepSize.Parse("eps/2"), Start.Random, Restarts: 3),
        new Pgd(5, StepSize.Parse("eps/2"), Start.Normal, Loss: AttackLoss.Kl, StartDeviation: 0.001),
        new Pgd(5, StepSize.Parse("eps/2"), Start.Sphere, Loss: AttackLoss.Margin),
        new Pgd(5, StepSize.Parse("eps/2"), Start.Random, Loss: AttackLoss.Dlr),
        new ApgdCe(10, 2),
        new ApgdDlr(10),
        new ApgdT(5, Targets: 2),
        new Square(60),
        new Fab(new FabSettings(Steps: 3)),
        new TargetedFab(new FabSettings(Steps: 3), Targets: 3),
        new DeepFool(Steps: 3, Classes: 3),
        new Ensemble([new Fgsm(), new ApgdCe(5), new Square(20)]),
    }
    .SelectMany(attack => new[]
    {
        new Adversary("test", new Threat(Norm.Linf, Exact.Parse("8/255"), Space.Pixel, Clip: true), attack),
        new Adversary("test", new Threat(Norm.L2, Exact.Parse("0.5"), Space.Pixel, Clip: true), attack),
        new Adversary("test", new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Normalized, Clip: false), attack),
    })
    .ToDictionary(adversary => JsonSerializer.Serialize(adversary, LedgerJson.Options), StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Accuracy_falls(string attack)
    {
        var (net, pixels, labels) = Situation(40);
        using var _ = net;

        var found = Run(net, Rows[attack], pixels, labels, Indices(40));

        found.Examples.Count(example => example.Clean.Correct).ShouldBe(40);
        found.Examples.Count(example => example.Broken).ShouldBeGreaterThan(4);
        found.Examples.ShouldAllBe(example => example.Distance.Threat <= found.LongestAllowed);
        found.Examples.Where(example => !example.Broken).ShouldAllBe(example => example.Adversarial.Loss >= example.Clean.Loss);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_outcome_depends_neither_on_how_many_others_there_are_nor_on_which_stand_beside_it(string attack)
    {
        var (net, pixels, labels) = Situation(50);
        using var _ = net;
        var all = Facts(Run(net, Rows[attack], pixels, labels, Indices(50)));
        int[] some = [.. Enumerable.Range(0, 50).Where(i => i % 3 != 1).Select(i => i * 7 % 50).Distinct()];

        var shuffled = Run(
            net, Rows[attack], pixels[tensor(some.Select(i => (long)i).ToArray())], [.. some.Select(i => labels[i])], [.. some.Select(i => (long)i)]);

        Facts(shuffled).ShouldBe(some.Select(i => all[i]));
    }

    [Fact]
    public void Restarts_break_at_least_as_many_and_only_go_on_with_standing_examples()
    {
        var (net, pixels, labels) = Situation(120);
        using var _ = net;
        var once = Run(net, Pgd(restarts: 1), pixels, labels, Indices(120));
        var thrice = Run(net, Pgd(restarts: 3), pixels, labels, Indices(120));

        foreach (var (before, after) in once.Examples.Zip(thrice.Examples).Where(pair => pair.First.Broken))
            (after.Broken, after.Restart, after.Step, after.Adversarial).ShouldBe((true, 0, before.Step, before.Adversarial));
        thrice.Examples.Count(example => example.Broken).ShouldBeGreaterThan(once.Examples.Count(example => example.Broken));
    }

    [Fact]
    public void Misclassified_examples_are_not_attacked()
    {
        var (net, pixels, labels) = Situation(10);
        using var _ = net;

        var found = Run(net, Rows.Values.First(), pixels, [.. labels.Select(label => (label + 1) % 10)], Indices(10));

        found.Examples.ShouldAllBe(example => !example.Clean.Correct && !example.Broken && example.Distance.Linf == 0);
        found.GradientEvaluations.ShouldBe(0);
    }

    [Fact]
    public void Gradient_evaluations_are_counted_for_each_example_and_step()
    {
        var (net, pixels, labels) = Situation(10);
        using var _ = net;
        var harmless = new Adversary("test", new Threat(Norm.Linf, Exact.Parse("1e-6"), Space.Pixel, true), new Pgd(4, StepSize.Parse("eps/2"), Start.Random, 3));

        Run(net, harmless, pixels, labels, Indices(10)).GradientEvaluations.ShouldBe(10 * 4 * 3);
    }

    [Fact]
    public void A_network_that_overflows_breaks_examples_without_breaking_the_attack()
    {
        var pixels = full([3, 1, 28, 28], 100, ScalarType.Byte);
        using var network = new AttackedNetwork(
            x => cat([x.flatten(1).sum(1, keepdim: true) * float.PositiveInfinity, zeros(x.shape[0], 9)], 1), Pgd(1).Threat, Architectures.Build(Nets.SmallCnnSpec(), [1, 28, 28], 10));

        var found = AttackEvaluation.Run(network, AttackParts.Of(Pgd(1)), pixels, [0, 0, 0], Indices(3), Seed, TestContext.Current.CancellationToken);

        found.Examples.ShouldAllBe(example => example.Clean.Prediction == -1 && !example.Clean.Correct);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Points_kept_to_be_measured_are_the_strongest_and_break_the_same_at_the_same_step(string attack)
    {
        var (net, pixels, labels) = Situation(40);
        using var _ = net;
        static object Fall(AttackedExample e) => (e.Broken, e.BrokenBy, e.Step, e.Restart, e.Late, e.EarlyLoss);
        var first = Run(net, Rows[attack], pixels, labels, Indices(40));

        var strongest = Run(net, Rows[attack], pixels, labels, Indices(40), strongest: true);

        strongest.Examples.Select(Fall).ShouldBe(first.Examples.Select(Fall));
        strongest.Examples.ShouldAllBe(example => example.Broken == !example.Adversarial.Correct && example.Distance.Threat <= strongest.LongestAllowed);
        foreach (var (before, after) in first.Examples.Zip(strongest.Examples))
            after.Adversarial.Loss.ShouldBeGreaterThanOrEqualTo(before.Adversarial.Loss);
        using var off = no_grad();
        var again = AttackEvaluation.Read(net.Forward(strongest.Kept), labels);
        again.Zip(strongest.Examples).ShouldAllBe(pair => Math.Abs(pair.First.Loss - pair.Second.Adversarial.Loss) < 1e-4);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Examples_that_are_wrong_already_are_walked_for_their_point_and_change_no_outcome(string attack)
    {
        var (net, pixels, labels) = Situation(40);
        using var _ = net;
        long[] some = [.. labels.Select((label, row) => row % 4 == 0 ? (label + 1) % 10 : label)];
        static object Outcome(AttackedExample e) => (e.Index, e.Clean, e.Broken, e.BrokenBy, e.Step, e.Restart);
        var first = Run(net, Rows[attack], pixels, some, Indices(40));

        var strongest = Run(net, Rows[attack], pixels, some, Indices(40), strongest: true);

        strongest.Examples.Select(Outcome).ShouldBe(first.Examples.Select(Outcome));
        strongest.Parts.Select(part => (part.Counts.Attacked, part.Counts.Broken)).ShouldBe(first.Parts.Select(part => (part.Counts.Attacked, part.Counts.Broken)));
        var wrong = strongest.Examples.Where(example => !example.Clean.Correct).ToList();
        wrong.Count.ShouldBe(10);
        first.Examples.Where(example => !example.Clean.Correct).ShouldAllBe(example => example.Distance.Threat == 0 && example.Queries == 1);
        wrong.ShouldAllBe(example => example.Adversarial.Loss >= example.Clean.Loss && example.Distance.Threat <= strongest.LongestAllowed && !example.Broken);
        if (strongest.Parts.Any(part => part.Attack.Keeps == Keeping.FirstBroken))
            wrong.Count(example => example.Adversarial.Loss > example.Clean.Loss).ShouldBeGreaterThan(5);
    }

    [Fact]
    public void An_attack_of_many_steps_goes_on_past_the_first_broken_point()
    {
        var (net, pixels, labels) = Situation(40);
        using var _ = net;
        var adversary = new Adversary("test", new Threat(Norm.Linf, Exact.Parse("8/255"), Space.Pixel, Clip: true), new ApgdCe(10));

        var (first, strongest) = (Run(net, adversary, pixels, labels, Indices(40)), Run(net, adversary, pixels, labels, Indices(40), strongest: true));

        strongest.Examples.Sum(example => example.Adversarial.Loss).ShouldBeGreaterThan(first.Examples.Sum(example => example.Adversarial.Loss));
        strongest.GradientEvaluations.ShouldBe(40 * 10);
    }

    private static Adversary Pgd(int restarts) =>
        new("test", new Threat(Norm.Linf, Exact.Parse("1/255"), Space.Pixel, true), new Pgd(2, StepSize.Parse("eps/4"), Start.Random, restarts));

    /// <summary>A random network on random images, labelled as the network sees them: right everywhere, with small margins.</summary>
    private static (Network Net, Tensor Pixels, long[] Labels) Situation(int count)
    {
        var net = Nets.SmallCnn(width: 0.25);
        using var generator = Determinism.Generator(3);
        var pixels = randint(0, 256, [count, 1, 28, 28], ScalarType.Byte, generator: generator);
        var labels = Enumerable.Range(0, count).Chunk(AttackEvaluation.BatchSize)
            .SelectMany(batch => net.Forward(AttackEvaluation.Padded(pixels[batch[0]..(batch[^1] + 1)])).argmax(1).data<long>().ToArray())
            .Take(count).ToArray();
        return (net, pixels, labels);
    }

    private static AttackFindings Run(Network net, Adversary adversary, Tensor pixels, long[] labels, long[] indices, bool strongest = false)
    {
        using var network = new AttackedNetwork(net.Forward, adversary.Threat, net.Architecture);
        return AttackEvaluation.Run(network, AttackParts.Of(adversary), pixels, labels, indices, Seed, TestContext.Current.CancellationToken, strongest);
    }

    private static long[] Indices(int count) => [.. Enumerable.Range(0, count)];

    private static List<object> Facts(AttackFindings found) =>
        [.. found.Examples.Select(e => (object)(e.Index, e.BrokenBy, e.Step, e.Restart, e.Clean, e.Adversarial, e.Distance, e.Queries))];
}
