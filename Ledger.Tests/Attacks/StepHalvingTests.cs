using Ledger.Runner.Attacks;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Attacks;

public class StepHalvingTests
{
    /// <summary>The checkpoints w_j = ⌈p_j·n⌉ of the paper's section 3.2, for n = 100.</summary>
    [Fact]
    public void Checkpoints_are_the_published_ones() =>
        StepHalving.Checkpoints(100).ShouldBe([22, 41, 57, 70, 80, 87, 93, 99]);

    [Theory]
    [InlineData(1, "1")]
    [InlineData(10, "2,3,4,5,6,7,8,9,10")]
    [InlineData(30, "6,11,15,18,20,21,22,23,24,25,26,27,28,29,30")]
    [InlineData(50, "11,21,30,38,45")]
    public void Percentages_are_rounded_down_to_one_at_least(int steps, string expected) =>
        string.Join(',', StepHalving.Checkpoints(steps)).ShouldBe(expected);

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void A_loss_that_rises_in_three_steps_of_four_or_fewer_halves_the_step(int rises, bool halves)
    {
        // Four steps, of which the last so many raise the loss.
        var follow = new StepHalving(startLoss: 10);
        for (var step = 0; step < 4; step++)
            follow.Improves(step < 4 - rises ? -1 - step : 11 + step);

        follow.Halves(4).ShouldBe(halves);
    }

    [Fact]
    public void No_better_loss_since_a_checkpoint_that_did_not_halve_halves()
    {
        // After the checkpoint the loss drops once and rises seven times, not above 9 or just above it.
        bool Halves(float last)
        {
            var follow = new StepHalving(startLoss: 1);
            Follow(follow, 2, 3, 4, 9);
            follow.Halves(4).ShouldBeFalse();
            Follow(follow, 1, 2, 3, 4, 5, 6, 7, last);
            return follow.Halves(8);
        }

        Halves(9).ShouldBeTrue();
        Halves(9.5f).ShouldBeFalse();
    }

    [Fact]
    public void No_better_loss_since_a_checkpoint_that_halved_is_left_its_time()
    {
        var follow = new StepHalving(startLoss: 100);
        Follow(follow, -1, -2, -3, -4);
        follow.Halves(4).ShouldBeTrue();

        Follow(follow, 1, 2, 3, 4);
        follow.Halves(4).ShouldBeFalse();
    }

    [Fact]
    public void The_best_loss_begins_with_the_start_and_only_rises()
    {
        var follow = new StepHalving(startLoss: 2);

        Follow(follow, 1, 3, 3, float.NaN, 4).ShouldBe([false, true, false, false, true]);
        follow.Best.ShouldBe(4);
    }

    /// <summary>Where the authors' code has a zero before the first step's loss.</summary>
    [Fact]
    public void The_first_step_counts_as_a_rise_when_its_loss_is_above_zero()
    {
        StepHalving above = new(startLoss: 5), below = new(startLoss: -5);
        above.Improves(1);
        below.Improves(-1);

        above.Halves(1).ShouldBeFalse();
        below.Halves(1).ShouldBeTrue();
    }

    private static List<bool> Follow(StepHalving follow, params float[] losses) => [.. losses.Select(follow.Improves)];
}
