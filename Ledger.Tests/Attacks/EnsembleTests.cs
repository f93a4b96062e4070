using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class EnsembleTests : TorchTests
{
    private const int Count = 100;

    private static readonly Threat Threat = new(Norm.Linf, Exact.Parse("2/255"), Space.Pixel, Clip: true);

    private static readonly Pgd Short = new(2, StepSize.Parse("eps/2"), Start.Random);

    [Fact]
    public void The_worst_case_is_the_union_of_what_its_parts_break_each_alone()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        AttackSpec[] parts = [Short, new Square(30), Short with { Loss = AttackLoss.Margin }, new ApgdT(4, Targets: 2)];
        var alone = parts.Select(part => Run(net, part)).ToArray();

        var together = Run(net, new Ensemble(parts));

        for (var at = 0; at < Count; at++)
        {
            var breakers = alone.Index().Where(one => one.Item.Examples[at].Broken).Select(one => one.Index).ToList();
            together.Examples[at].BrokenBy.ShouldBe(breakers.Count == 0 ? null : new[] { "pgd", "square", "pgd-2", "apgd-t" }[breakers[0]]);
        }
        together.Broken.ShouldBeInRange(alone.Max(one => one.Broken), Count - 1);
    }

    [Fact]
    public void Each_part_sees_what_those_before_left_standing_and_its_passes_are_its_own()
    {
        using var net = Nets.SmallCnn(width: 0.25);

        var found = Run(net, new Ensemble([new Square(60), Short with { StepSize = StepSize.Parse("eps/4") }, new Fgsm()]));

        var parts = found.Parts.Select(part => part.Counts).ToList();
        parts.Select(part => part.Attack).ShouldBe(["square", "pgd", "fgsm"]);
        parts.Select(part => part.Attacked).ShouldBe([Count, Count - parts[0].Broken, Count - parts[0].Broken - parts[1].Broken]);
        parts.Sum(part => part.Broken).ShouldBe(found.Broken);
        parts.ShouldAllBe(part => part.Broken > 0 && part.Attacked > part.Broken);
        parts.Sum(part => part.GradientEvaluations).ShouldBe(found.GradientEvaluations);
        parts.Sum(part => part.ForwardEvaluations).ShouldBe(found.ForwardEvaluations - Count);
        (parts[0].GradientEvaluations, parts[2].GradientEvaluations).ShouldBe((0, parts[2].Attacked));
        parts[1].GradientEvaluations.ShouldBe(found.Examples.Where(example => example.BrokenBy != "square").Sum(example => example.BrokenBy == "pgd" ? Math.Min(example.Step + 1, 2) : 2));
    }

    [Fact]
    public void AutoAttack_is_made_of_its_authors_parts()
    {
        Text(AutoAttack.Of(AutoAttack.Standard)!).ShouldBe("apgd-ce 100×1, apgd-t 100×1 towards 9, fab-t 100×1 towards 9, square 5000×1");
        Text(AutoAttack.Of(AutoAttack.Plus)!).ShouldBe("apgd-ce 100×5, apgd-dlr 100×5, fab 100×5, square 5000×1, apgd-t 100×1 towards 9, fab-t 100×1 towards 9");

        static string Text(Ensemble ensemble) => string.Join(", ", ensemble.Parts.Select(part => AttackNames.Of(part) + part switch
        {
            ApgdCe ce => $" {ce.Steps}×{ce.Restarts}",
            ApgdDlr dlr => $" {dlr.Steps}×{dlr.Restarts}",
            ApgdT t => $" {t.Steps}×{t.Restarts} towards {t.Targets}",
            Fab fab => $" {fab.Settings.Steps}×{fab.Settings.Restarts}",
            TargetedFab fab => $" {fab.Settings.Steps}×{fab.Settings.Restarts} towards {fab.Targets}",
            Square square => $" {square.Queries}×{square.Restarts}",
            _ => "?",
        }));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Losses_that_look_at_more_classes_than_there_are_are_refused(int classes)
    {
        using var net = Nets.Of(Architectures.Build(new ModelSpec("mlp", [], 1, Bias: true, Nets.Grey), [1, 28, 28], classes));

        Should.Throw<StepFailure>(() => Run(net, new ApgdT())).Message.ShouldBe($"the targeted DLR loss needs at least 4 classes; the network knows {classes}");
        if (classes == 2)
        {
            Should.Throw<StepFailure>(() => Run(net, new ApgdDlr())).Message.ShouldBe("the DLR loss needs at least 3 classes; the network knows 2");
            Should.Throw<StepFailure>(() => Run(net, Short with { Loss = AttackLoss.Dlr })).Message.ShouldBe("the DLR loss needs at least 3 classes; the network knows 2");
        }
    }

    [Fact]
    public void What_is_transferred_is_the_perturbation_the_parent_asks_for()
    {
        // δ = −ε·sign(w) of the parent lowers the network's margin by ε·w·sign(w of the parent).
        using var parent = Linear([1, 1, -1, 1], bias: 3);
        using var net = Linear([1, -2, -1, 3], bias: 2);
        var threat = Threat with { Eps = Exact.Parse("0.1") };

        var example = Run(net, new Transfer(new Fgsm()), parent, threat, full([1, 1, 2, 2], 128, ScalarType.Byte), [0]).Examples[0];

        example.Adversarial.Margin.ShouldBe(example.Clean.Margin - (0.1 * (1 - 2 + 1 + 3)), 1e-5);
        (example.Gradients, example.Forwards).ShouldBe((1, 3));
    }

    [Fact]
    public void A_transfer_goes_on_with_the_parent_past_its_boundary_and_with_examples_the_parent_has_wrong()
    {
        using var parent = Nets.SmallCnn(seed: 2, width: 0.25);
        using var net = Nets.SmallCnn(width: 0.25);

        var found = Run(net, new Transfer(Short with { Steps = 5, Restarts = 2 }), parent);

        found.Parts[0].Counts.ShouldBe(found.Parts[0].Counts with { Attack = "transfer-pgd", Attacked = Count });
        found.Examples.Where(example => !example.Broken).ShouldAllBe(example => example.Gradients == 10);
    }

    [Fact]
    public void Within_an_ensemble_nothing_is_transferred_from_the_network_to_itself()
    {
        using var net = Nets.SmallCnn(width: 0.25);

        var found = Run(net, new Ensemble([Short, new Transfer(Short)]), net, parentIsAttacked: true);
        (found.Parts[1].Counts.Attack, found.Parts[1].Counts.Attacked, found.Parts[1].Counts.GradientEvaluations).ShouldBe(("transfer-pgd", 0, 0));
        found.Parts[0].Counts.Broken.ShouldBeGreaterThan(0);

        // Of an attack that is no part itself it is something new.
        Run(net, new Ensemble([Short, new Transfer(new ApgdCe(3))]), net, parentIsAttacked: true).Parts[1].Counts.Attacked.ShouldBe(Count - found.Parts[0].Counts.Broken);
        // Alone it is all there is, and an ordinary attack.
        Run(net, new Transfer(Short), net, parentIsAttacked: true).Parts[0].Counts.Attacked.ShouldBe(Count);
    }

    [Fact]
    public void A_transfer_without_a_parent_or_from_one_that_does_not_fit_is_refused()
    {
        using var net = Nets.SmallCnn(width: 0.25);
        using var other = Linear([1, 1, 1, 1], 0);

        Should.Throw<StepFailure>(() => Run(net, new Transfer(Short))).Message.ShouldBe("an attack transfers, but the step has no parent to transfer from");
        Should.Throw<StepFailure>(() => Run(net, new Transfer(Short), other)).Message
            .ShouldBe("the parent takes 1×2×2 with 4 classes; the network attacked takes 1×28×28 with 10");
    }

    private static Network Linear(float[] weights, float bias) => Network.Load(
        new Architecture([1, 2, 2], 4, [new Flatten("flat", [Architecture.Pixels]), new Linear("head", ["flat"], 4, 4, Bias: true)]),
        [LinearNets.Floats("head.weight", [4, 4], [.. weights, .. new float[12]]), LinearNets.Floats("head.bias", [4], [bias, 0, -50, -50])]);

    /// <summary>Random images, labelled as the network sees them.</summary>
    private static AttackFindings Run(Network net, AttackSpec attack, Network? parent = null, bool parentIsAttacked = false)
    {
        using var generator = Ledger.Runner.Torch.Determinism.Generator(3);
        var pixels = randint(0, 256, [Count, .. net.Architecture.Input.Select(side => (long)side)], ScalarType.Byte, generator: generator);
        return Run(net, attack, parent, Threat, pixels, net.Forward(AttackEvaluation.InUnitRange(pixels)).argmax(1).data<long>().ToArray(), parentIsAttacked);
    }

    private static AttackFindings Run(
        Network net, AttackSpec attack, Network? parent, Threat threat, Tensor pixels, long[] labels, bool parentIsAttacked = false)
    {
        using var network = new AttackedNetwork(net.Forward, threat, net.Architecture);
        return AttackEvaluation.Run(
            network, AttackParts.Of(new Adversary("test", threat, attack), parent, parentIsAttacked), pixels, labels, [.. Enumerable.Range(0, labels.Length)], 7, TestContext.Current.CancellationToken);
    }
}
