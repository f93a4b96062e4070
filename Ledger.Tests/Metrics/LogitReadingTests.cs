using Ledger.Domain.Metrics;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Metrics;

public class LogitReadingTests
{
    [Fact]
    public void Loss_and_margin_follow_their_formulas()
    {
        var reading = LogitReading.Of([1f, 3f, 2f], 1);

        (reading.Prediction, reading.Correct).ShouldBe((1, true));
        reading.Margin.ShouldBe(1);
        reading.Loss.ShouldBe(Math.Log(1 + Math.Exp(-1) + Math.Exp(-2)), 1e-12);
    }

    [Fact]
    public void The_first_of_equal_logits_is_the_prediction()
    {
        LogitReading.Of([2f, 2f, 2f], 0).Correct.ShouldBeTrue();
        LogitReading.Of([2f, 2f, 2f], 1).Prediction.ShouldBe(0);
    }

    [Fact]
    public void Huge_logits_do_not_overflow() => LogitReading.Of([3e38f, -3e38f], 1).Loss.ShouldBe(6e38, 1e32);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_is_never_right(float logit)
    {
        var reading = LogitReading.Of([0f, logit], 1);

        (reading.Prediction, reading.Correct).ShouldBe((-1, false));
        double.IsFinite(reading.Loss).ShouldBeFalse();
    }
}
