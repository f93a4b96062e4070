using CsCheck;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compression;

public class MagnitudePrunerTests
{
    [Fact]
    public void Removes_the_smallest_over_all_layers_or_in_each()
    {
        var model = TwoLayers([1, -4, 3, 2], [0.1f, -0.2f]);

        Weights(Prune(model, "0.5", Scope.Global)).ShouldBe([0, -4, 3, 2, 0, 0]);
        Weights(Prune(model, "0.5", Scope.PerLayer)).ShouldBe([0, -4, 3, 0, 0, -0.2f]);
    }

    [Fact]
    public void Equal_magnitudes_go_by_position() =>
        Weights(Prune(TwoLayers([1, -1, 1, -1], [1, -1]), "1/3", Scope.Global)).ShouldBe([0, 0, 1, -1, 1, -1]);

    [Fact]
    public void Weights_already_zero_count_as_removed() =>
        Weights(Prune(TwoLayers([0, 0, 5, 1], [2, 3]), "0.5", Scope.Global)).ShouldBe([0, 0, 5, 0, 2, 3]);

    [Fact]
    public void Biases_stay()
    {
        var model = TwoLayers([1, 2, 3, 4], [1, 2]);

        Prune(model, "0.9", Scope.Global).Floats("one.bias").ShouldBe(model.Floats("one.bias"));
    }

    [Fact]
    public void Exactly_the_share_is_removed_and_no_removed_weight_is_larger_than_a_kept_one() =>
        Gen.Select(Gen.Float[0.01f, 1].Array[4], Gen.Float[-1, -0.01f].Array[2], Gen.Int[1, 19]).Sample((one, two, twentieths) =>
        {
            var before = TwoLayers(one, two);
            var after = Weights(Prune(before, $"{twentieths}/20", Scope.Global));

            after.Count(weight => weight == 0).ShouldBe(Share.Of(Exact.Parse($"{twentieths}/20"), 6));
            var removed = Weights(before).Zip(after).Where(pair => pair.Second == 0).Select(pair => Math.Abs(pair.First)).DefaultIfEmpty().Max();
            after.Where(weight => weight != 0).ShouldAllBe(weight => Math.Abs(weight) >= removed);
        });

    [Theory]
    [InlineData("0.5", 5, 3)]
    [InlineData("0.1", 4, 0)]
    [InlineData("1/3", 100, 33)]
    [InlineData("0.9", 421_120, 379_008)]
    public void A_share_is_rounded_in_exact_arithmetic_halves_up(string ratio, int n, int expected) => Share.Of(Exact.Parse(ratio), n).ShouldBe(expected);

    [Fact]
    public void Sparsity_is_the_fraction_of_weights_that_are_zero() =>
        MagnitudePruner.Sparsity(TwoLayers([0, 1, 2, 0], [0, 3])).ShouldBe(0.5);

    private static ModelState Prune(ModelState model, string ratio, Scope scope) => MagnitudePruner.Prune(model, new(Exact.Parse(ratio), scope));

    private static ModelState TwoLayers(float[] one, float[] two) => ModelState.Of(
        new Architecture([2, 1, 1], 1,
        [
            new Flatten("flat", ["input"]), new Linear("one", ["flat"], 2, 2, true), new Relu("relu", ["one"]), new Linear("two", ["relu"], 2, 1, false),
        ]),
        [
            StepSituation.Floats("one.weight", [2, 2], one), StepSituation.Floats("one.bias", [2], [1e-9f, 0]), StepSituation.Floats("two.weight", [1, 2], two),
        ]);

    private static float[] Weights(ModelState model) => [.. model.Floats("one.weight"), .. model.Floats("two.weight")];
}
