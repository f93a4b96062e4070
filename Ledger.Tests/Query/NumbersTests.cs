using Ledger.Query;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(1000, "1.00 k")]
    [InlineData(421_642, "422 k")]
    [InlineData(999_999, "1.00 M")]
    [InlineData(4_241_152, "4.24 M")]
    [InlineData(0.5, "0.50")]
    public void Counts_have_three_digits_and_a_letter(double value, string text) => Numbers.Count(value).ShouldBe(text);

    [Fact]
    public void What_is_missing_is_a_dash() =>
        (Numbers.Count(null), Numbers.Percent(null, null), Numbers.Duration(null), Numbers.Significant(null)).ShouldBe(("–", "–", "–", "–"));

    [Fact]
    public void One_value_has_no_deviation() => Numbers.Percent(0.842, null).ShouldBe("84.2");

    [Fact]
    public void Deviation_is_that_of_a_sample()
    {
        var (mean, deviation) = Numbers.Spread([0.84, 0.85, 0.86]);
        mean.ShouldBe(0.85, 1e-12);
        deviation!.Value.ShouldBe(0.01, 1e-12);
        Numbers.Percent(mean, deviation).ShouldBe("85.0 ± 1.0");
    }

    [Theory]
    [InlineData(7.06, "7.1 s")]
    [InlineData(185, "3 min 05 s")]
    [InlineData(3725, "1 h 02 min")]
    public void Durations_are_read_at_a_glance(double seconds, string text) => Numbers.Duration(TimeSpan.FromSeconds(seconds)).ShouldBe(text);
}
