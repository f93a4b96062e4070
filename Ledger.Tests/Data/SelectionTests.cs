using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public class SelectionTests
{
    private static readonly ExamplesSpec All = new("d", "train", null);

    [Fact]
    public void A_part_by_lot_is_in_the_order_of_the_split_and_depends_on_its_seed()
    {
        var part = Selection.Of(All with { Random = new(30, 1) }, 100);

        part.Length.ShouldBe(30);
        part.ShouldBe(part.Distinct().Order());
        Selection.Of(All with { Random = new(30, 1) }, 100).ShouldBe(part);
        Selection.Of(All with { Random = new(30, 2) }, 100).ShouldNotBe(part);
    }

    [Theory]
    [InlineData("0.1", 105, 11)]
    [InlineData("0.1", 104, 10)]
    [InlineData("1/3", 100, 33)]
    [InlineData("0.999", 3, 3)]
    public void A_fraction_is_rounded_half_up(string fraction, int count, int size)
    {
        Selection.Of(All with { Random = new(null, 0, Exact.Parse(fraction)) }, count).Length.ShouldBe(size);
        if (size < count)
            Selection.Of(All with { HoldOut = new(null, 0, Exact.Parse(fraction)), Held = true }, count).Length.ShouldBe(size);
    }

    [Fact]
    public void A_larger_part_by_the_same_lot_contains_a_smaller_one() =>
        Selection.Of(All with { Random = new(50, 4) }, 200).ShouldBe(Selection.Of(All with { Random = new(80, 4) }, 200).Intersect(Selection.Of(All with { Random = new(50, 4) }, 200)));

    [Fact]
    public void A_part_by_lot_is_drawn_from_what_the_hold_out_leaves_and_first_counts_last()
    {
        var holdOut = new HoldOut(null, 3, Exact.Parse("0.2"));
        var held = Selection.Of(All with { HoldOut = holdOut, Held = true }, 50);
        var drawn = Selection.Of(All with { HoldOut = holdOut, Random = new(25, 3) }, 50);

        held.Intersect(drawn).ShouldBeEmpty();
        Selection.Of(All with { HoldOut = holdOut, Random = new(25, 3), First = 5 }, 50).ShouldBe(drawn[..5]);
        Selection.Of(All with { HoldOut = holdOut, Random = new(40, 3) }, 50).Concat(held).Order().ShouldBe(Enumerable.Range(0, 50));
    }

    public static TheoryData<ExamplesSpec, string> TooMuch => new()
    {
        { All with { Random = new(11, 0) }, "found 10 examples, expected enough to draw 11" },
        { All with { Random = new(null, 0, Exact.Parse("0.01")) }, "enough to draw 1" },
        { All with { Random = new(5, 0), First = 6 }, "found 5 examples, expected at least 6" },
        { All with { HoldOut = new(null, 0, Exact.Parse("0.01")) }, "enough for one to be held out" },
        { All with { HoldOut = new(null, 0, Exact.Parse("0.99")) }, "more than 10" },
        { All with { HoldOut = new(4, 0), Random = new(7, 0) }, "found 6 examples" },
        { All with { Random = new(0, 0) }, "counts from 1" },
    };

    [Theory]
    [MemberData(nameof(TooMuch))]
    public void More_than_there_is_is_bad_input(ExamplesSpec spec, string message) =>
        Should.Throw<BadInput>(() => Selection.Of(spec, 10)).Message.ShouldContain(message);
}
