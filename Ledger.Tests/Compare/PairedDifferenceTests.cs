using Ledger.Domain.Metrics;
using Ledger.Query.Compare;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compare;

/// <summary>Two sides on the same examples.</summary>
public sealed class PairedDifferenceTests
{
    [Fact]
    public void One_seed_has_the_counts_of_McNemar_and_its_mid_p_value()
    {
        var paired = PairedDifference.Of("pgd", [(Bits("1110000000"), Bits("1001111100"))], resamples: 0);
        (paired.OnlyFirst, paired.OnlySecond, paired.Examples, paired.Seeds).ShouldBe((2, 5, 10, 1));
        paired.Difference.ShouldBe(0.3, 1e-12);
        paired.MidP.ShouldBe(McNemar.MidP(2, 5));
        paired.Low.ShouldBeLessThan(0.3);
        paired.High.ShouldBeGreaterThan(0.3);
        paired.Bootstrap.ShouldBeNull();
    }

    [Fact]
    public void Several_seeds_are_averaged_and_have_no_p_value_of_one()
    {
        var paired = PairedDifference.Of("pgd", [(Bits("1100"), Bits("1111")), (Bits("1100"), Bits("0110"))], resamples: 0);
        (paired.Seeds, paired.Difference, paired.MidP).ShouldBe((2, 0.25, null));
    }

    [Fact]
    public void Sides_swapped_have_the_opposite_difference()
    {
        var there = PairedDifference.Of("pgd", [(Bits("11010011"), Bits("01110001"))], 500);
        var back = PairedDifference.Of("pgd", [(Bits("01110001"), Bits("11010011"))], 500);
        (back.Difference, back.Low, back.High, back.MidP).ShouldBe((-there.Difference, -there.High, -there.Low, there.MidP));
    }

    /// <summary>Of n examples with mean d and variance s², resampled means have standard deviation s/√n.</summary>
    [Fact]
    public void The_bootstrap_spreads_as_resampled_means_do()
    {
        double[] differences = [.. Enumerable.Range(0, 400).Select(i => i < 60 ? 1.0 : i < 80 ? -1 : 0)];
        double mean = 0.1, deviation = Math.Sqrt((80 / 400.0) - (mean * mean)) / Math.Sqrt(400);
        var (low, high) = PairedBootstrap.Interval(differences, 0.95, 20_000, seed: 1);
        low.ShouldBe(mean - (1.96 * deviation), 0.003);
        high.ShouldBe(mean + (1.96 * deviation), 0.003);
        PairedBootstrap.Interval(differences, 0.95, 20_000, seed: 1).ShouldBe((low, high));
    }

    [Fact]
    public void Where_every_example_differs_alike_the_bootstrap_sees_no_spread() =>
        PairedBootstrap.Interval([0.5, 0.5, 0.5], 0.9, 100, seed: 3).ShouldBe((0.5, 0.5));

    private static bool[] Bits(string bits) => [.. bits.Select(bit => bit == '1')];
}
