using Ledger.Domain.Experiments;
using Ledger.Runner.Training;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Training;

public class SchedulesTests
{
    [Fact]
    public void Constant_keeps_the_rate() => Rates(new Constant()).ShouldBe([1, 1, 1, 1], 1e-15);

    [Fact]
    public void Step_multiplies_after_every_so_many_epochs() => Rates(new StepDecay(2, 0.1)).ShouldBe([1, 1, 0.1, 0.1], 1e-15);

    [Fact]
    public void Multistep_multiplies_when_each_epoch_named_begins() => Rates(new MultiStep([1, 3], 0.5)).ShouldBe([1, 0.5, 0.5, 0.25], 1e-15);

    [Fact]
    public void Cosine_goes_down_half_a_wave() =>
        Rates(new Cosine()).ShouldBe([1, (1 + Math.Sqrt(0.5)) / 2, 0.5, (1 - Math.Sqrt(0.5)) / 2], 1e-15);

    [Fact]
    public void Linear_goes_straight_towards_its_end() => Rates(new LinearRamp(1, 0)).ShouldBe([1, 0.75, 0.5, 0.25], 1e-15);

    [Fact]
    public void Parts_of_a_sequence_count_their_own_epochs() =>
        Rates(new ScheduleSequence([new(2, new LinearRamp(0, 1)), new(2, new Cosine())])).ShouldBe([0, 0.5, 1, 0.5], 1e-15);

    private static double[] Rates(ScheduleSpec schedule) =>
        [.. Enumerable.Range(0, 4).Select(epoch => Schedules.Rate(schedule, lr: 1, epoch, epochs: 4))];
}
