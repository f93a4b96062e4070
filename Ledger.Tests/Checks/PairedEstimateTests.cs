using Ledger.Domain.Checks;
using Ledger.Domain.Metrics;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Checks;

/// <summary>The score of paired fractions: against published numbers, by an independent maximisation, and how often it says what is not so.</summary>
public sealed class PairedEstimateTests
{
    /// <summary>Tango 1998, section 6.2 (32 pairs); PropCIs 0.3-0, <c>scoreci.mp(25, 28, 618, 0.9)</c>, of which the second is the first side here.</summary>
    [Theory]
    [InlineData(9, 3, 32, 0.95, -0.027, 0.390, 3)]
    [InlineData(28, 25, 618, 0.9, -0.0148, 0.0247, 4)]
    public void The_interval_is_Tangos(int onlyA, int onlyB, int n, double level, double low, double high, int digits)
    {
        var interval = Counted(onlyA, onlyB, n).Interval(level);
        Math.Round(interval.Low, digits).ShouldBe(low);
        Math.Round(interval.High, digits).ShouldBe(high);
    }

    /// <summary>(δ²/((−δ)(1 + δ)/n) = z² has the end −z²/(n + z²).</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(10_000)]
    public void Examples_that_all_agree_bound_the_difference_as_so_many_can(int n)
    {
        double z2 = Math.Pow(Distributions.NormalQuantile(0.975), 2), end = z2 / (n + z2);
        var interval = Counted(0, 0, n).Interval(0.95);
        interval.Low.ShouldBe(-end, 1e-9);
        interval.High.ShouldBe(end, 1e-9);
        Counted(0, 0, n).Outside(Region.Within(end)).ShouldBe(0.025, 1e-9);
    }

    /// <summary>Variances found by climbing the likelihood over weights of −1, −1/3, 0, 1/3 and 1 directly.</summary>
    [Theory]
    [InlineData(-0.01, 0.00765510)]
    [InlineData(-0.02, 0.01737778)]
    [InlineData(-0.03, 0.02690045)]
    public void Differences_of_several_seeds_have_the_variance_of_greatest_likelihood(double mean, double variance)
    {
        var seen = new DifferenceCounts([(-1 / 3.0, 3), (0, 290), (1 / 3.0, 1)]);
        Likeliest.Variance(seen, mean).ShouldBe(variance, 1e-7);
        Likeliest.Variance(seen.Mirrored, -mean).ShouldBe(variance, 1e-7);
    }

    [Fact]
    public void Its_p_value_and_interval_say_the_same()
    {
        var estimate = new PairedEstimate(new DifferenceCounts([(-1, 4), (-1 / 3.0, 30), (0, 200), (2 / 3.0, 12), (1, 1)]));
        var interval = estimate.Interval(0.95);
        estimate.Outside(new Region(new Edge(interval.Low, false), new Edge(interval.High, false))).ShouldBe(0.025, 1e-9);
        estimate.Inside(Region.Of(new Bound(">", interval.High))).ShouldBe(0.025, 1e-9);
        Counted(0, 20, 20).Interval(0.95).Low.ShouldBe(-1);
    }

    /// <summary>
    /// The whole distribution of discordant examples where a is worse by just the margin: nominally 2.5 % may be called not inferior. (Resampling
    /// calls up to 60 %, Agresti and Min's half an example in each cell up to 13 %.)
    /// </summary>
    [Theory]
    [InlineData(0.01, 150, 0)]
    [InlineData(0.01, 200, 0.02)]
    [InlineData(0.01, 400, 0)]
    [InlineData(0.02, 200, 0)]
    [InlineData(0.03, 150, 0.005)]
    [InlineData(0.05, 100, 0)]
    public void A_loss_of_the_margin_is_seldom_called_none(double margin, int n, double onlyA)
    {
        double held = 0;
        foreach (int a in Enumerable.Range(0, onlyA == 0 ? 1 : 30))
        {
            foreach (int b in Enumerable.Range(0, 40))
            {
                if (Counted(a, b, n).Outside(Region.Of(new Bound(">", -margin))) <= 0.025)
                    held += Probability(a, b, n, onlyA, onlyA + margin);
            }
        }

        held.ShouldBeLessThan(0.03);
    }

    /// <summary>Three seeds, whose examples are hard for all or for one: a mean difference of −margin, in 1.5 margins of the examples.</summary>
    [Theory]
    [InlineData(0.01, 400)]
    [InlineData(0.03, 300)]
    public void A_loss_of_the_margin_in_several_seeds_is_seldom_called_none(double margin, int n)
    {
        const int Trials = 4_000;
        var numbers = new SplitMix64(7);
        double Draw() => numbers.Below(1_000_000) / 1_000_000.0;
        int held = Enumerable.Range(0, Trials).Count(_ =>
        {
            var differences = Enumerable.Range(0, n).Select(_ => Draw() is var u && u < 0.75 * margin ? -1 : u < 1.5 * margin ? -1 / 3.0 : 0);
            return new PairedEstimate(DifferenceCounts.Of(differences)).Outside(Region.Of(new Bound(">", -margin))) <= 0.025;
        });
        (held / (double)Trials).ShouldBeLessThan(0.04);
    }

    /// <summary>
    /// Networks that lose 0 to 20 % of the examples, the hard ones first, as their seed will have it: 10 % in the mean. A claim that no more is
    /// lost than 10 % is nominally held by 2.5 %; three seeds taken for all there are hold it ten times as often.
    /// </summary>
    [Fact]
    public void Seeds_that_lose_the_margin_in_the_mean_are_seldom_said_to_lose_less()
    {
        const int Trials = 2_000, Examples = 400;
        var numbers = new SplitMix64(11);
        double Draw() => numbers.Below(1_000_000) / 1_000_000.0;
        (int these, int all) = (0, 0);
        for (int i = 0; i < Trials; i++)
        {
            double[] lost = [.. Enumerable.Range(0, 3).Select(_ => 0.2 * Draw())], hard = [.. Enumerable.Range(0, Examples).Select(_ => Draw())];
            var differences = DifferenceCounts.Of(hard.Select(u => -lost.Count(part => u < part) / 3.0));
            var seeds = SeedSpread.Of([.. lost.Select(part => -hard.Count(u => u < part) / (double)Examples)]);
            var region = Region.Of(new Bound(">", -0.1));
            these += new PairedEstimate(differences).Outside(region) <= 0.025 ? 1 : 0;
            all += new PairedEstimate(differences, seeds).Outside(region) <= 0.025 ? 1 : 0;
        }

        (these / (double)Trials).ShouldBeGreaterThan(0.2);
        // Student's t at two degrees of freedom is itself not exact where seeds spread evenly.
        (all / (double)Trials).ShouldBeLessThan(0.04);
    }

    /// <summary>Of examples that all agree the variance under a mean δ is δ(1 − δ).</summary>
    [Theory]
    [InlineData(0.01, 3, 500)]
    [InlineData(0.0001, 5, 200)]
    [InlineData(0, 3, 500)]
    public void Seeds_widen_the_interval_by_Students_t_and_examples_by_the_normal_quantile(double deviation, int seeds, int n)
    {
        double variance = deviation * deviation / seeds, t = Distributions.StudentQuantile(0.975, seeds - 1), z = Distributions.NormalQuantile(0.975);
        var estimate = Counted(0, 0, n) with { Seeds = new SeedSpread(variance, seeds) };

        double high = estimate.Interval(0.95).High;

        (high * high).ShouldBe((t * t * variance) + (z * z * high * (1 - high) / n), 1e-12);
        estimate.Outside(Region.Within(high)).ShouldBe(0.025, 1e-9);
        estimate.Inside(Region.Of(new Bound(">", high))).ShouldBe(0.025, 1e-9);
        estimate.Outside(Region.Of(new Bound(">", high))).ShouldBe(0.975, 1e-9);
    }

    private static PairedEstimate Counted(int onlyA, int onlyB, int n) =>
        new(new DifferenceCounts([.. new[] { (-1.0, onlyB), (0, n - onlyA - onlyB), (1, onlyA) }.Where(difference => difference.Item2 > 0)]));

    private static double Probability(int a, int b, int n, double onlyA, double onlyB)
    {
        double log = Enumerable.Range(0, a + b).Sum(i => Math.Log(n - i)) - Enumerable.Range(1, a).Sum(i => Math.Log(i)) - Enumerable.Range(1, b).Sum(i => Math.Log(i));
        return Math.Exp(log + (a == 0 ? 0 : a * Math.Log(onlyA)) + (b * Math.Log(onlyB)) + ((n - a - b) * Math.Log(1 - onlyA - onlyB)));
    }
}
