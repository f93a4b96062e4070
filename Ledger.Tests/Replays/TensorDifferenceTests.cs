using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Replays;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

public sealed class TensorDifferenceTests
{
    [Theory]
    [InlineData(1f, 1f, 0)]
    [InlineData(0f, -0f, 0)]
    [InlineData(1f, 1.0000001f, 1)]
    [InlineData(float.Epsilon, -float.Epsilon, 2)]
    [InlineData(1f, 2f, 1L << 23)]
    [InlineData(-1f, -2f, 1L << 23)]
    public void Units_in_the_last_place_are_counted_through_zero(float a, float b, long ulps) => TensorDifference.Ulps(a, b).ShouldBe(ulps);

    [Fact]
    public void The_extremes_are_two_times_the_finite_floats_apart() =>
        TensorDifference.Ulps(float.MaxValue, -float.MaxValue).ShouldBe(2L * BitConverter.SingleToInt32Bits(float.MaxValue));

    [Fact]
    public void Equal_tensors_have_no_difference_whatever_their_order() =>
        TensorDifference.Between([Floats("a", 1, 2), Floats("b", float.NaN)], [Floats("b", float.NaN), Floats("a", 1, 2)]).ShouldBe(new TensorDifference(null, 0, 0));

    [Fact]
    public void The_first_by_name_and_the_largest_of_all_are_given()
    {
        var apart = TensorDifference.Between([Floats("b", 1, 2), Floats("a", 0.5f), Floats("c", 3)], [Floats("b", 1, 3), Floats("a", 0.50000006f), Floats("c", 3)]);
        apart.First.ShouldBe("a");
        apart.MaxAbs.ShouldBe(1);
        apart.MaxUlp.ShouldBe(1 << 22);
    }

    [Fact]
    public void A_value_that_is_not_finite_on_one_side_has_no_distance() =>
        TensorDifference.Between([Floats("a", 1)], [Floats("a", float.NaN)]).ShouldBe(new TensorDifference("a", null, null));

    [Fact]
    public void Other_shapes_types_and_missing_tensors_are_differences_without_a_size()
    {
        TensorDifference.Between([Floats("a", 1, 2)], [Floats("a", 1)]).ShouldBe(new TensorDifference("a", null, null));
        TensorDifference.Between([Floats("a", 1)], [Bytes("a", 0, 0, 0, 0)]).ShouldBe(new TensorDifference("a", null, null));
        TensorDifference.Between([Floats("a", 1)], []).ShouldBe(new TensorDifference("a", null, null));
        TensorDifference.Between([], [Floats("a", 1)]).ShouldBe(new TensorDifference("a", null, null));
    }

    [Fact]
    public void Integers_have_a_distance_and_no_unit_in_the_last_place() =>
        TensorDifference.Between([Bytes("q", 3, 250)], [Bytes("q", 3, 5)]).ShouldBe(new TensorDifference("q", 245, null));

    private static NamedTensor Floats(string name, params float[] values) =>
        new(name, TensorType.F32, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static NamedTensor Bytes(string name, params byte[] values) => new(name, TensorType.U8, [values.Length], values);
}
