using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

/// <summary>On a linear two-class network an example with margin m &gt; 0 is robust exactly when m &gt; ε·‖w‖ in the dual norm.</summary>
public class LinearNetworkAttackTests : TorchTests
{
    private const double L1 = 1.5 + 0.5 + 0.75 + 2;
    private static readonly double L2 = Math.Sqrt((1.5 * 1.5) + (0.5 * 0.5) + (0.75 * 0.75) + 4);
    private static readonly byte[] Grey = [120, 130, 140, 110];

    // An attack's row is its own text, so a new attack is one more line.
    private static readonly Dictionary<string, AttackSpec> Rows = new AttackSpec[]
    {
        new Fgsm(),
        new Pgd(10, StepSize.Parse("2.5*eps/steps"), Start.Zero),
        new Pgd(10, StepSize.Parse("2.5*eps/steps"), Start.Random, 2),
        new Pgd(20, StepSize.Parse("eps/4"), Start.Random, 2),
        new Pgd(40, StepSize.Parse("eps/4"), Start.Sphere),
        new Pgd(20, StepSize.Parse("eps/4"), Start.Normal, 2, AttackLoss.Kl, 0.001),
        new Pgd(20, StepSize.Parse("eps/4"), Start.Random, 1, AttackLoss.Margin),
        new Pgd(10, StepSize.Parse("2.5*eps/steps"), Start.Zero, 1, AttackLoss.Dlr),
        new ApgdCe(20),
        new ApgdDlr(20, 2),
        new ApgdT(20),
        new Ensemble([new Fgsm(), new ApgdT(20)]),
    }.ToDictionary(attack => JsonSerializer.Serialize(attack, LedgerJson.Options), StringComparer.Ordinal);

    public static MatrixTheoryData<Norm, string> Attacks() => new([Norm.Linf, Norm.L2], Rows.Keys);

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Breaks_exactly_the_examples_within_reach(Norm norm, string attack)
    {
        var reach = 0.1 * (norm == Norm.Linf ? L1 : L2);

        Attack(norm, Rows[attack], margin: reach * 0.999).Broken.ShouldBeTrue();
        Attack(norm, Rows[attack], margin: reach * 1.001).Broken.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Lowers_the_margin_of_a_standing_example_by_what_the_threat_allows(Norm norm, string attack)
    {
        var reach = 0.1 * (norm == Norm.Linf ? L1 : L2);
        var example = Attack(norm, Rows[attack], margin: reach * 2);

        example.Broken.ShouldBeFalse();
        example.Adversarial.Margin.ShouldBe(reach, 1e-5);
        example.Distance.Threat.ShouldBe(0.1, 1e-6);
    }

    [Fact]
    public void Normalised_space_measures_after_the_normalisation()
    {
        // w acts on (x − mean)/std: ε in that space lowers the margin by ε‖w‖₁, and moves pixels by ε·std.
        var normalize = new Normalize("normalize", [Architecture.Pixels], [0.5], [0.25]);
        var example = Attack(Norm.Linf, new Fgsm(), margin: 2 * 0.1 * L1, Space.Normalized, normalize);

        example.Adversarial.Margin.ShouldBe(0.1 * L1, 1e-5);
        example.Distance.Threat.ShouldBe(0.1, 1e-6);
        example.Distance.Linf.ShouldBe(0.025, 1e-6);
    }

    [Fact]
    public void Clipping_holds_back_what_would_leave_the_pixels_range()
    {
        byte[] white = [255, 0, 255, 0];
        // Class 1 is right, so the attack raises w·x: every weight pushes its pixel out of range and nothing can move.
        using var net = LinearNets.Of(bias: -10);
        var example = Run(net, new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, Clip: true), new Fgsm(), white, label: 1);

        example.Distance.Linf.ShouldBe(0);
        example.Adversarial.ShouldBe(example.Clean);
    }

    [Fact]
    public void Normalised_space_is_refused_on_a_network_that_does_not_normalise()
    {
        using var net = LinearNets.Of();

        Should.Throw<ArgumentException>(() => Run(net, new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Normalized, true), new Fgsm(), Grey, label: 0))
            .Message.ShouldContain("space: pixel");
    }

    private static AttackedExample Attack(Norm norm, AttackSpec spec, double margin, Space space = Space.Pixel, Normalize? normalize = null)
    {
        using var probe = LinearNets.Of(0, normalize);
        var unbiased = probe.Forward(Pixels(Grey).to(ScalarType.Float32) / 255f)[0, 0].item<float>();
        using var net = LinearNets.Of((float)(margin - unbiased), normalize);
        return Run(net, new Threat(norm, Exact.Parse("0.1"), space, Clip: true), spec, Grey, label: 0);
    }

    private static AttackedExample Run(Network net, Threat threat, AttackSpec attack, byte[] image, long label)
    {
        using var network = new AttackedNetwork(net.Forward, threat, net.Architecture);
        var parts = AttackParts.Of(new Adversary("test", threat, attack));
        return AttackEvaluation.Run(network, parts, Pixels(image), [label], [0], seed: 1, TestContext.Current.CancellationToken).Examples[0];
    }

    private static Tensor Pixels(byte[] values) => tensor(values, [1, 1, 2, 2]);
}
