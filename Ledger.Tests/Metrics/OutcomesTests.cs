using CsCheck;
using Ledger.Domain.Metrics;
using Parquet;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Metrics;

public class OutcomesTests
{
    private static readonly Outcome Stood = new(3, 7, 7, 7, true, false, 0.1, 1.5, 2.25, 0.01, null, null, 21, null);

    private static readonly Outcome Fell = new(5, 1, 1, 4, true, true, 0.09999999, 1.25, double.Epsilon, -0.0, 3, "pgd", 4, 0);

    private static readonly Outcome Wrong = new(9, 2, 6, null, false, false, null, null, -1, null, null, null, 1, null);

    private static readonly Gen<Outcome> Any =
        Gen.Select(Gen.Int, Gen.Bool, Gen.Double, Gen.Double.Nullable(), Gen.Int.Nullable(), Gen.String[Gen.Char.AlphaNumeric, 0, 5], Gen.Bool)
            .Select((i, b, x, y, n, s, c) => new Outcome(i, i / 2, i / 3, n, b, c, y, y is null ? x : null, x, y, n, n is null ? null : s, i, n, c ? y : null));

    [Fact]
    public async Task Outcomes_come_back_bit_for_bit()
    {
        IReadOnlyList<Outcome> back = await Outcomes.ReadAsync(new MemoryStream(await Outcomes.WriteAsync([Stood, Fell, Wrong])));
        back.ShouldBe([Stood, Fell, Wrong]);
        BitConverter.DoubleToInt64Bits(back[1].AdversarialLoss!.Value).ShouldBe(BitConverter.DoubleToInt64Bits(-0.0));
    }

    [Fact]
    public async Task Any_outcomes_come_back_and_equal_ones_are_equal_bytes() =>
        await Any.Array[0, 40].SampleAsync(async outcomes =>
        {
            byte[] bytes = await Outcomes.WriteAsync(outcomes);
            IReadOnlyList<Outcome> back = await Outcomes.ReadAsync(new MemoryStream(bytes));
            return back.SequenceEqual(outcomes) && (await Outcomes.WriteAsync([.. back])).AsSpan().SequenceEqual(bytes);
        }, iter: 50);

    [Fact]
    public async Task The_columns_are_the_published_ones()
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(
            new MemoryStream(await Outcomes.WriteAsync([Stood])), cancellationToken: TestContext.Current.CancellationToken);
        reader.Schema.DataFields.Select(f => f.Name).ShouldBe(
            [
                "example_index", "label", "clean_prediction", "adversarial_prediction", "correct", "broken", "distance_linf",
                "distance_l2", "clean_margin", "adversarial_loss", "broken_at_step", "broken_by", "queries", "restart",
            ]);
        reader.CustomMetadata.ShouldBeEmpty();
    }

    [Fact]
    public async Task Minimal_distances_are_a_column_only_where_some_were_sought()
    {
        Outcome far = Stood with { MinimalDistance = 0.25 };

        (await Outcomes.ReadAsync(new MemoryStream(await Outcomes.WriteAsync([far, Fell])))).ShouldBe([far, Fell]);
        await using ParquetReader reader = await ParquetReader.CreateAsync(
            new MemoryStream(await Outcomes.WriteAsync([far, Fell])), cancellationToken: TestContext.Current.CancellationToken);
        reader.Schema.DataFields[^1].Name.ShouldBe("minimal_distance");
    }

    [Fact]
    public void Counts_and_accuracies_follow_from_the_outcomes()
    {
        OutcomeCounts counts = OutcomeCounts.Of([Stood, Fell, Wrong, Stood]);
        counts.ShouldBe(new OutcomeCounts(Examples: 4, Correct: 3, Attacked: 3, Broken: 1));
        counts.CleanAccuracy.ShouldBe(0.75);
        counts.RobustAccuracy.ShouldBe(0.5);
    }

    [Fact]
    public void An_example_wrong_already_is_not_broken() =>
        OutcomeCounts.Of([Wrong with { Broken = true }]).ShouldBe(new OutcomeCounts(1, 0, 0, 0));
}

public class AccuracyTests
{
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilsons_interval_gives_the_published_values(int successes, int trials, double low, double high)
    {
        Interval interval = Accuracy.Wilson95(successes, trials);
        interval.Low.ShouldBe(low, 0.00005);
        interval.High.ShouldBe(high, 0.00005);
    }

    [Fact]
    public void The_ends_solve_the_equation_that_defines_them() =>
        Gen.Int[1, 5000].SelectMany(n => Gen.Int[0, n].Select(x => (x, n))).Sample(t =>
        {
            double p = (double)t.x / t.n;
            Interval interval = Accuracy.Wilson95(t.x, t.n);
            return new[] { interval.Low, interval.High }.All(end =>
                Math.Abs(Math.Abs(p - end) - (1.959963984540054 * Math.Sqrt(end * (1 - end) / t.n))) < 1e-12
                || (end == p && end is 0 or 1));
        });

    [Fact]
    public void Complements_mirror_each_other_and_no_trials_say_nothing()
    {
        Accuracy.Wilson95(0, 0).ShouldBe(new Interval(0, 1));
        Accuracy.Wilson95(7, 7).High.ShouldBe(1);
        Accuracy.Wilson95(3, 10).Low.ShouldBe(1 - Accuracy.Wilson95(7, 10).High, 1e-15);
        Should.Throw<ArgumentOutOfRangeException>(() => Accuracy.Wilson95(3, 2));
        Should.Throw<ArgumentOutOfRangeException>(() => Accuracy.Wilson95(-1, 2));
    }
}
