using Ledger.Runner.Runs;
using Ledger.Runner.Terminal;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Runs;

public sealed class ProgressBoardTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly ProgressBoard Empty = new(Runs: 2, StepsPlanned: 6, EstimatedSeconds: 90, Noon);

    [Fact]
    public void A_training_shows_the_time_left_at_its_pace_so_far()
    {
        var board = Empty.After(Training(run: 1)).After(new EpochSeen(1, "base", 1, 0.9, 6)).After(new EpochSeen(1, "base", 2, 0.7, 4));
        var step = board.Active.ShouldHaveSingleItem();
        (step.Epoch, step.Loss, step.SecondsLeft).ShouldBe((2, 0.7, 15));
    }

    [Fact]
    public void News_of_one_run_leaves_the_same_step_of_another_alone()
    {
        var board = Empty.After(Training(run: 1)).After(Training(run: 2)).After(new EpochSeen(2, "base", 1, 0.5, 6));
        board.Active.Select(step => step.Epoch).ShouldBe([0, 1]);
        board.After(Ended(run: 1, "done")).Active.ShouldHaveSingleItem().Began.Run.ShouldBe(2);
    }

    [Fact]
    public void Failed_runs_count_as_done_and_as_failed()
    {
        var board = Empty.After(new RunEnded(1, "failed", 1)).After(new RunEnded(2, "completed", 2));
        (board.RunsDone, board.RunsFailed, board.Flags).ShouldBe((2, 1, 3));
        ProgressText.Foot(board, Noon.AddSeconds(30)).ShouldBe("2 of 2 runs done · 0 of 6 steps · 1 failed · 3 flagged · about 60 s left");
    }

    [Fact]
    public void Without_a_terminal_there_is_a_line_for_each_computed_step_and_none_for_a_reused_one()
    {
        var board = Empty.After(Ended(run: 1, "done"));
        ProgressText.Line(Ended(run: 1, "done"), board).ShouldBe("[1/6] base             standard · seed 1  done in 12 s  loss 0.412");
        ProgressText.Line(Ended(run: 1, "reused"), board).ShouldBeNull();
        ProgressText.Line(new EpochSeen(1, "base", 1, 0.9, 6), board).ShouldBeNull();
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(59.6, "60 s")]
    [InlineData(125, "2 min 05 s")]
    [InlineData(7300, "2.0 h")]
    public void Durations_are_as_exact_as_they_are_useful(double seconds, string text) => ProgressText.Duration(seconds).ShouldBe(text);

    private static StepBegan Training(int run) => new(run, "base", "train", "standard · seed 1", 5, Noon);

    private static StepEnded Ended(int run, string how) => new(run, "base", "train", "standard · seed 1", how, 12.3, "loss 0.412");
}
