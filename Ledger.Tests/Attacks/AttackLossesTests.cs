using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class AttackLossesTests : TorchTests
{
    private static readonly double[] Right = [3, 1, -0.5, 0.25, 2], Wrong = [0.5, 1, -0.5, 2.25, 1.5];

    public static TheoryData<string> Losses => [.. Enum.GetNames<AttackLoss>(), "TargetedDlr"];

    [Fact]
    public void Values_are_those_of_the_formulas_whether_the_label_leads_or_not()
    {
        var sums = new[] { Right, Wrong }.Select(z => z.Sum(Math.Exp)).ToArray();

        Values("Ce").ShouldBe([Math.Log(sums[0]) - 3, Math.Log(sums[1]) - 0.5], 1e-12);
        Values("Margin").ShouldBe([-1, 1.75], 1e-12);
        Values("Dlr").ShouldBe([-(3.0 - 2) / (3 - 1), -(0.5 - 2.25) / (2.25 - 1)], 1e-9);
        // Towards class 3: −(z_y − z_t)/(z_π1 − (z_π3 + z_π4)/2).
        Values("TargetedDlr").ShouldBe([-(3 - 0.25) / (3 - ((1 + 0.25) / 2)), -(0.5 - 2.25) / (2.25 - ((1 + 0.5) / 2))], 1e-9);
    }

    [Fact]
    public void The_divergence_is_zero_at_the_clean_logits_and_the_textbook_sum_elsewhere()
    {
        var clean = Softmax([1, 2, 0, 0, 1]);
        double Divergence(double[] z) => clean.Zip(Softmax(z), (p, q) => p * Math.Log(p / q)).Sum();

        Values("Kl").ShouldBe([Divergence(Right), Divergence(Wrong)], 1e-12);
        Loss("Kl")(tensor([1.0, 2, 0, 0, 1], [1, 5])).item<double>().ShouldBe(0, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Gradients_agree_with_finite_differences(string name)
    {
        const double step = 1e-6;
        var loss = Loss(name);
        var logits = Logits().requires_grad_(true);
        var gradient = autograd.grad([loss(logits).sum()], [logits])[0].data<double>().ToArray();

        for (var at = 0; at < 10; at++)
        {
            double Shifted(double by)
            {
                double[] moved = [.. Right, .. Wrong];
                moved[at] += by;
                return loss(tensor(moved, [2, 5])).sum().item<double>();
            }

            gradient[at].ShouldBe((Shifted(step) - Shifted(-step)) / (2 * step), 1e-6);
        }
    }

    private static Func<Tensor, Tensor> Loss(string name)
    {
        var labels = tensor([0L, 0]);
        return name == "TargetedDlr"
            ? AttackLosses.TargetedDlr(labels, tensor([3L, 3]))
            : AttackLosses.Of(Enum.Parse<AttackLoss>(name), labels, () => tensor([1.0, 2, 0, 0, 1], [1, 5]));
    }

    private static double[] Values(string name) => Loss(name)(Logits()).data<double>().ToArray();

    private static Tensor Logits() => tensor([.. Right, .. Wrong], [2, 5]);

    private static double[] Softmax(double[] logits) => [.. logits.Select(z => Math.Exp(z) / logits.Sum(Math.Exp))];
}
