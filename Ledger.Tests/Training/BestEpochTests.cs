using Ledger.Domain.Experiments;
using Ledger.Runner.Training;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Training;

public class BestEpochTests
{
    [Theory]
    [InlineData(new[] { 3.0, 1, 2, 0.5, 4 }, 4)]
    [InlineData(new[] { 1.0, 1, 1 }, 1)]
    [InlineData(new[] { double.NaN, 9, double.PositiveInfinity }, 2)]
    [InlineData(new[] { double.NaN, double.NaN }, 1)]
    public void The_lowest_finite_loss_is_best_the_first_of_equals(double[] losses, int best) =>
        Best(ValidationFigure.Loss, [.. losses.Select(loss => new Validated(loss, 0))]).ShouldBe(best);

    [Theory]
    [InlineData(new[] { 0.3, 0.7, 0.7, 0.6 }, 2)]
    [InlineData(new[] { 0.0, 0.0 }, 1)]
    public void The_highest_accuracy_is_best_the_first_of_equals(double[] accuracies, int best) =>
        Best(ValidationFigure.Accuracy, [.. accuracies.Select(accuracy => new Validated(1, accuracy))]).ShouldBe(best);

    [Fact]
    public void Without_a_figure_the_last_is() => Best(null, [null, null, null]).ShouldBe(3);

    [Theory]
    [InlineData(2, 0, 4)] // best at 2, then 3 and 4 no better
    [InlineData(3, 0, 8)] // the new best at 5 starts the count again
    [InlineData(2, 6, 7)] // 4 is too early; after 5 the count stands at 2 again by 7
    [InlineData(5, 0, 0)]
    public void Training_ends_when_patience_does(int patience, int notBefore, int ends)
    {
        double[] losses = [5, 3, 4, 4, 2, 3, 3, 3, 3];
        var stop = new Patience(new EarlyStop(patience, ValidationFigure.Loss, notBefore));

        Enumerable.Range(1, losses.Length).FirstOrDefault(epoch => stop.Ends(epoch, new Validated(losses[epoch - 1], 0))).ShouldBe(ends);
    }

    [Fact]
    public void Without_an_early_stop_it_does_not_end() => new Patience(null).Ends(100, null).ShouldBeFalse();

    private static int Best(ValidationFigure? figure, Validated?[] validated)
    {
        var best = new BestEpoch(figure);
        for (var epoch = 1; epoch <= validated.Length; epoch++)
            best.Sees(epoch, validated[epoch - 1]);
        return best.Number;
    }
}
