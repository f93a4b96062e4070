using CsCheck;
using Ledger.Domain.Metrics;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Metrics;

public class PairedTestsTests
{
    // Fagerland, Lydersen and Laake 2013, table 2 (Bentur et al.): 1 against 7 discordant pairs, p = 0.070 and 0.039.
    // Agresti's approval ratings, 150 against 86: R's binom.test(86, 236) gives 3.716e-05.
    [Theory]
    [InlineData(1, 7, 0.0703125, 0.0390625)]
    [InlineData(7, 1, 0.0703125, 0.0390625)]
    [InlineData(86, 150, 3.716e-05, double.NaN)]
    [InlineData(0, 0, 1, 0.5)]
    [InlineData(0, 1, 1, 0.5)]
    [InlineData(0, 6, 0.03125, 0.015625)]
    [InlineData(2, 2, 1, 0.8125)]
    public void McNemars_tests_give_the_published_values(int b, int c, double exact, double midP)
    {
        McNemar.Exact(b, c).ShouldBe(exact, 5e-4 * exact);
        if (!double.IsNaN(midP))
            McNemar.MidP(b, c).ShouldBe(midP, 1e-14);
    }

    [Fact]
    public void The_exact_p_value_is_the_sum_of_binomial_probabilities() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 400]).Sample((b, c) =>
        {
            var (sum, term) = (System.Numerics.BigInteger.Zero, System.Numerics.BigInteger.One);
            for (var i = 0; i <= Math.Min(b, c); term = term * (b + c - i) / ++i)
                sum += term;
            double expected = Math.Min(1, Math.ScaleB((double)((sum << 1000) >> (b + c)), 1 - 1000));
            McNemar.Exact(b, c).ShouldBe(expected, 1e-11 * expected);
            McNemar.MidP(b, c).ShouldBeLessThan(expected);
        });

    [Fact]
    public void Many_examples_neither_overflow_nor_vanish()
    {
        McNemar.Exact(50_000, 50_000).ShouldBe(1);
        McNemar.Exact(4900, 5100).ShouldBe(0.04658552770494739, 1e-12); // in whole numbers
        McNemar.Exact(0, 100_000).ShouldBe(0);
    }

    [Fact]
    public void Discordant_examples_are_those_one_alone_gets_right()
    {
        McNemar.Discordant([true, true, false, false, true], [true, false, true, false, false]).ShouldBe((2, 1));
        Should.Throw<ArgumentException>(() => McNemar.Discordant([true], [])).Message.ShouldStartWith("1 and 0 values");
    }

    // The first numbers of the published generator for this seed.
    [Fact]
    public void The_generator_is_SplitMix64()
    {
        var numbers = new SplitMix64(1234567);
        new[] { numbers.Next(), numbers.Next(), numbers.Next(), numbers.Next(), numbers.Next() }
            .ShouldBe([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL]);
    }

    [Fact]
    public void Draws_below_a_count_are_even()
    {
        var numbers = new SplitMix64(3);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
            counts[numbers.Below(7)]++;
        counts.ShouldAllBe(count => Math.Abs(count - 10_000) < 500);
    }

    // NIST Statistical Reference Datasets: NumAcc1, NumAcc3 and NumAcc4 with their certified values.
    [Theory]
    [InlineData(10000001, 10000003, 10000002, 0, 10000002, 1)]
    [InlineData(1000000.1, 1000000.3, 1000000.2, 500, 1000000.2, 0.1)]
    [InlineData(10000000.1, 10000000.3, 10000000.2, 500, 10000000.2, 0.1)]
    public void Mean_and_deviation_are_the_certified_ones(double low, double high, double once, int pairs, double mean, double std)
    {
        double[] values = pairs == 0 ? [low, high, once] : [once, .. Enumerable.Range(0, pairs).SelectMany(_ => new[] { low, high })];
        var found = MeanStd.Of(values);
        found.Mean.ShouldBe(mean, 1e-14 * mean);
        found.Std!.Value.ShouldBe(std, 1e-7 * std);
        MeanStd.Of([4.5]).ShouldBe(new MeanStd(4.5, null, 1));
    }

    // numpy.quantile([1, 2, 4, 8], q).
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 3)]
    [InlineData(0.9, 6.8)]
    [InlineData(1, 8)]
    public void Quantiles_interpolate_between_neighbours(double share, double value) => Quantile.Of([1, 2, 4, 8], share).ShouldBe(value, 1e-14);

    [Fact]
    public void The_median_needs_no_order()
    {
        Quantile.Median([3, 1, 2]).ShouldBe(2);
        Quantile.Median([4, 1, 2, 3]).ShouldBe(2.5);
        Quantile.Median([4, double.NaN, 2]).ShouldBe(double.NaN);
    }
}
