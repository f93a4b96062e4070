using Ledger.Domain.Checks;
using Ledger.Domain.Metrics;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Checks;

/// <summary>Against tabulated values and published examples.</summary>
public sealed class StatisticsTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(2.5, 0.9937903346742238)]
    [InlineData(-3, 0.0013498980316300933)]
    [InlineData(-8, 6.220960574271785e-16)]
    public void The_normal_distribution_is_as_tabulated(double x, double p) => Distributions.Normal(x).ShouldBe(p, p * 1e-12);

    [Theory]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.95, 1.6448536269514722)]
    [InlineData(0.995, 2.5758293035489004)]
    [InlineData(0.1, -1.2815515655446004)]
    public void Normal_quantiles_are_as_tabulated(double p, double x) => Distributions.NormalQuantile(p).ShouldBe(x, 1e-12);

    [Theory]
    [InlineData(0.975, 1, 12.706204736174698)]
    [InlineData(0.975, 2, 4.302652729749464)]
    [InlineData(0.975, 4, 2.7764451051977934)]
    [InlineData(0.95, 10, 1.8124611228116756)]
    [InlineData(0.995, 30, 2.7499956535669)]
    [InlineData(0.025, 2, -4.302652729749464)]
    public void Student_quantiles_are_as_tabulated(double p, double freedom, double x) => Distributions.StudentQuantile(p, freedom).ShouldBe(x, 1e-9);

    [Theory]
    [InlineData(1, 1, 0.75)]
    [InlineData(-2, 2, 0.09175170953613697)]
    public void Students_distribution_is_right_in_closed_form(double x, double freedom, double p) => Distributions.Student(x, freedom).ShouldBe(p, 1e-13);

    [Fact]
    public void Pearson_agrees_with_Anscombes_quartet()
    {
        double[] x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
        Association.Pearson(x, [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]).ShouldBe(0.81642051634484, 1e-13);
        Association.Pearson(x, [9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74]).ShouldBe(0.8162365060002428, 1e-13);
    }

    [Fact]
    public void Spearman_agrees_with_a_textbook_and_shares_ranks_among_equals()
    {
        Association.Spearman([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]).ShouldBe(-29.0 / 165, 1e-14);
        Association.Ranks([3, 1, 3, 2, 3]).ShouldBe([4, 1, 4, 2, 4]);
        Association.Spearman([1, 2, 3, 4], [1, 2, 2, 3]).ShouldBe(0.9486832980505138, 1e-14);
    }

    [Fact]
    public void Kendalls_tau_b_allows_for_ties()
    {
        Association.Kendall([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]).ShouldBe(-0.47140452079103173, 1e-14);
        Association.Kendall([1, 1, 2, 3], [5, 5, 6, 7]).ShouldBe(1);
        Association.Kendall([1, 1, 1], [1, 2, 3]).ShouldBe(double.NaN);
    }

    [Fact]
    public void A_constant_correlates_with_nothing()
    {
        Association.Pearson([0.1, 0.1, 0.1], [1, 2, 3]).ShouldBe(double.NaN);
        Association.Spearman([1, 2, 3], [7, 7, 7]).ShouldBe(double.NaN);
    }

    [Fact]
    public void Partial_correlation_is_that_of_the_residuals()
    {
        double[] x = [1, 3, 2, 5, 4, 7], y = [2, 1, 4, 3, 6, 5], z = [1, 2, 4, 3, 5, 8];
        double[] Residuals(double[] of)
        {
            double slope = Association.Pearson(of, z) * Norm(of) / Norm(z);
            return [.. of.Select((value, i) => value - of.Average() - (slope * (z[i] - z.Average())))];
        }

        double Norm(double[] of) => Math.Sqrt(of.Sum(value => (value - of.Average()) * (value - of.Average())));
        Association.Partial(Association.Pearson(x, y), Association.Pearson(x, z), Association.Pearson(y, z))
            .ShouldBe(Association.Pearson(Residuals(x), Residuals(y)), 1e-12);
        Association.Partial(0.5, 0.5, 0.5).ShouldBe(1.0 / 3, 1e-15);
        Association.Partial(0.5, 1, 0.5).ShouldBe(double.NaN);
    }

    /// <summary>Upper tails of Spearman's coefficient as in exact tables, for example Zar 1972.</summary>
    [Theory]
    [InlineData(new double[] { 1, 2, 4, 3 }, 4.0 / 24)]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 1.0 / 120)]
    [InlineData(new double[] { 1, 2, 3, 5, 4 }, 5.0 / 120)]
    [InlineData(new double[] { 2, 1, 3, 5, 4, 6 }, 12.0 / 720)]
    public void A_permutation_test_gives_the_exact_tail(double[] y, double p)
    {
        double[] x = [.. Enumerable.Range(1, y.Length).Select(i => (double)i)];
        Permutations.PValue(x, y, 1, Association.Spearman, 0).ShouldBe(p, 1e-12);
        Permutations.PValue(x, [.. y.Select(value => -value)], -1, Association.Spearman, 0).ShouldBe(p, 1e-12);
    }

    [Fact]
    public void A_permutation_test_of_many_points_draws_the_same_orders_every_time()
    {
        double[] x = [.. Enumerable.Range(0, 12).Select(i => (double)i)], y = [3, 1, 2, 5, 4, 7, 6, 9, 8, 11, 10, 12];
        double p = Permutations.PValue(x, y, 1, Association.Spearman, 5);
        p.ShouldBe(1e-4, 1e-9);
        Permutations.PValue(x, y, 1, Association.Spearman, 5).ShouldBe(p);
        Permutations.PValue(x, y, -1, Association.Spearman, 5).ShouldBe(1, 1e-3);
    }

    [Fact]
    public void Corrections_are_those_of_R()
    {
        double[] p = [0.01, 0.04, 0.03, 0.005];
        Multiplicity.Adjusted(p, Correction.Holm, 4).ShouldBe([0.03, 0.06, 0.06, 0.02], 1e-15);
        Multiplicity.Adjusted(p, Correction.Bonferroni, 4).ShouldBe([0.04, 0.16, 0.12, 0.02], 1e-15);
        Multiplicity.Adjusted(p, Correction.Holm, 10).ShouldBe([0.09, 0.28, 0.24, 0.05], 1e-15);
        Multiplicity.Adjusted(p, Correction.None, 4).ShouldBe(p);
        Multiplicity.Together(0.95, Correction.Holm, 5).ShouldBe(0.99, 1e-12);
    }

    [Fact]
    public void An_estimates_p_value_and_interval_say_the_same()
    {
        Estimate[] estimates =
        [
            StudentEstimate.Of([0.31, 0.35, 0.33, 0.39])!, new FractionEstimate(81, 263), FisherEstimate.Pearson(0.6, 20)!, FisherEstimate.Spearman(-0.5, 20)!,
        ];
        foreach (var estimate in estimates)
        {
            var interval = estimate.Interval(0.95);
            estimate.Outside(Region.Of(new Bound(">", interval.Low))).ShouldBe(0.025, 1e-9);
            estimate.Inside(Region.Of(new Bound(">", interval.High))).ShouldBe(0.025, 1e-9);
            estimate.Outside(new Region(new Edge(interval.Low, false), new Edge(interval.High, false))).ShouldBe(0.025, 1e-9);
        }
    }

    [Fact]
    public void A_fractions_interval_is_Wilsons() =>
        new FractionEstimate(81, 263).Interval(0.95).ShouldBe(Accuracy.Wilson95(81, 263));

    [Fact]
    public void Fishers_interval_is_as_in_closed_form()
    {
        var interval = FisherEstimate.Pearson(0.6, 20)!.Interval(0.95);
        interval.Low.ShouldBe(Math.Tanh(Math.Atanh(0.6) - (1.959963984540054 / Math.Sqrt(17))), 1e-12);
        FisherEstimate.Pearson(0.6, 20, controls: 1)!.Interval(0.95).Low.ShouldBeLessThan(interval.Low);
        FisherEstimate.Spearman(0.6, 20)!.Interval(0.95).Low.ShouldBeLessThan(interval.Low);
        FisherEstimate.Pearson(0.6, 3).ShouldBeNull();
    }

    [Theory]
    [InlineData(">", 0, false)]
    [InlineData(">=", 0, true)]
    [InlineData("<", 0.1, true)]
    public void What_does_not_spread_lies_in_a_region_or_does_not(string op, double bound, bool held)
    {
        var estimate = StudentEstimate.Of([0, 0, 0])!;
        estimate.Outside(Region.Of(new Bound(op, bound))).ShouldBe(held ? 0 : 1);
        estimate.Inside(Region.Of(new Bound(op, bound))).ShouldBe(held ? 1 : 0);
    }

    [Fact]
    public void Resampled_means_of_seeds_spread_as_far_as_their_standard_error()
    {
        double[] seeds = [0.30, 0.36, 0.33];
        (long, double)[] point = [(1, 0.30), (2, 0.36), (3, 0.33)];
        var draws = JudgeTrend.Seeds(3, [point], means => means[0]);
        double mean = draws.Average(), error = Math.Sqrt(draws.Sum(draw => (draw - mean) * (draw - mean)) / draws.Count);
        error.ShouldBe(MeanStd.Of(seeds).Std!.Value / Math.Sqrt(3), 3e-4);
        JudgeTrend.Seeds(3, [point], means => means[0]).ShouldBe(draws);
    }

    [Fact]
    public void What_a_seed_does_to_all_points_moves_them_together()
    {
        (long, double)[] low = [(1, 0.1), (2, 0.9), (3, 0.5)], high = [(1, 0.2), (2, 1.0), (3, 0.6)], others = [(4, 0.2), (5, 1.0), (6, 0.6)];
        JudgeTrend.Seeds(3, [low, high], means => means[1] - means[0]).ShouldAllBe(apart => Math.Abs(apart - 0.1) < 1e-12);
        JudgeTrend.Seeds(3, [low, others], means => means[1] - means[0])[0].ShouldBeLessThan(-0.1);
    }
}
