using CsCheck;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Compression;

public class CalibrationTests : TorchTests
{
    private static readonly Architecture Pixels = new([2, 1, 1], 2, [new Flatten("flat", ["input"])]);

    private static readonly QuantizationPoint Point = new("input", null, LevelForm.Affine);

    [Fact]
    public void Ranges_hold_zero_and_what_was_seen_in_all_batches() => Range(null, [0.25f, 0.5f], [0.75f, 0.5f]).ShouldBe(new ActivationRange(0, 0.75f));

    [Fact]
    public void A_percentile_cuts_the_same_number_at_either_end_whatever_the_batches() =>
        Gen.Select(Gen.Int[-1000, 1000].Array[40], Gen.Int[1, 19], Gen.Int[1, 10]).Sample((numbers, percent, batches) =>
        {
            float[] values = [.. numbers.Select(number => number / 8f)], sorted = [.. values.Order()];
            var cut = 40 * (100 - (5 * percent)) / 200;

            var range = Range(new Percentile(Exact.Parse($"{5 * percent}")), [.. values.Chunk(2 * batches)]);

            range.ShouldBe(new ActivationRange(Math.Min(0, sorted[cut]), Math.Max(0, sorted[^(cut + 1)])));
        });

    [Theory]
    [InlineData("99.9", 2000, 1)]
    [InlineData("99.9", 1999, 0)]
    [InlineData("99.99", 1_000_000_000, 50_000)]
    [InlineData("50", 8, 2)]
    public void How_many_are_cut_is_exact(string percent, long n, long expected) => TailsSeen.Cut(new Percentile(Exact.Parse(percent)), n).ShouldBe(expected);

    [Fact]
    public void An_outlier_is_cut_where_that_lowers_the_squared_error()
    {
        float[] values = [.. Enumerable.Range(0, 2000).Select(i => i / 2000f), 10, 0];

        var range = Range(new SquaredError(64), bits: 4, [.. values.Chunk(200)]);

        range.High.ShouldBeLessThan(10);
        Error(values, range, 4).ShouldBeLessThan(Error(values, Range(null, bits: 4, values), 4));
    }

    [Fact]
    public void The_range_of_least_squared_error_is_found_among_all_of_the_grid() => Gen.Float[-2, 3].Array[12].Sample(
        values =>
        {
            var widest = Range(null, bits: 3, values);
            var best = Enumerable.Range(1, 8)
                .Select(i => new ActivationRange((float)(widest.Low * (double)i / 8), (float)(widest.High * (double)i / 8))).Min(range => Error(values, range, 3));

            Error(values, Range(new SquaredError(8), bits: 3, values), 3).ShouldBe(best, 1e-6 + (1e-5 * best));
        },
        iter: 50);

    private static ActivationRange Range(RangeRule? rule, params float[][] batches) => Range(rule, 8, batches);

    private static ActivationRange Range(RangeRule? rule, int bits, params float[][] batches)
    {
        using var network = Network.Load(Pixels, []);
        return Calibration.Ranges(network, [Point], () => batches.Select(batch => tensor(batch, [batch.Length / 2, 2, 1, 1])), rule, bits)[Point];
    }

    private static double Error(float[] values, ActivationRange range, int bits)
    {
        var levels = range.Levels(bits, LevelForm.Affine);
        return values.Sum(value =>
        {
            var integer = Math.Clamp(Math.Round(value / levels.Scale, MidpointRounding.ToEven) + levels.ZeroPoint, levels.Low, levels.High);
            return Math.Pow(((integer - levels.ZeroPoint) * levels.Scale) - value, 2);
        });
    }
}
