using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Tests.Runs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

public sealed class BisectionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(512)]
    [InlineData(1000)]
    public void The_first_epoch_that_parts_is_found_with_few_comparisons(int first)
    {
        Bisection.FirstEpoch(Epochs(1000), Epochs(1000, first), out var compared).ShouldBe(first);
        compared.ShouldBeLessThanOrEqualTo(11);
    }

    [Fact]
    public void Trainings_that_are_the_same_need_one()
    {
        Bisection.FirstEpoch(Epochs(1000), Epochs(1000), out var compared).ShouldBeNull();
        compared.ShouldBe(1);
    }

    [Fact]
    public void Of_two_lengths_only_what_both_have_is_compared()
    {
        Bisection.FirstEpoch(Epochs(5), Epochs(9, 7), out _).ShouldBeNull();
        Bisection.FirstEpoch(Epochs(9), Epochs(5, 4), out _).ShouldBe(4);
        Bisection.FirstEpoch([], Epochs(5), out var compared).ShouldBeNull();
        compared.ShouldBe(0);
    }

    private static List<EpochCompleted> Epochs(int count, int partedFrom = int.MaxValue) =>
        [.. Enumerable.Range(1, count).Select(number => ARun.Epoch(number) with { WeightsDigest = number >= partedFrom ? $"other {number}" : $"{number}" })];
}
