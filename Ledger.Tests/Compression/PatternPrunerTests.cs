using CsCheck;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compression;

public class PatternPrunerTests : TorchTests
{
    [Fact]
    public void Of_four_neighbours_the_two_largest_stay_and_the_rest_of_the_row_too() =>
        Prune(2, 4, [1, -4, 3, 2, 5, 6, -1, -1, 1, 1, 2, -2]).ShouldBe([0, -4, 3, 0, 5, 6, 0, 0, 1, 1, 2, -2]);

    [Fact]
    public void Every_whole_group_of_every_row_keeps_so_many_of_its_largest() =>
        Gen.Select(Gen.Float[0.01f, 1].Array[12], Gen.Int[1, 4]).SelectMany((weights, n) => Gen.Int[n + 1, 5].Select(m => (weights, n, m))).Sample(one =>
        {
            var pruned = Prune(one.n, one.m, one.weights);

            for (var row = 0; row < 2; row++)
            {
                for (var group = 0; group + one.m <= 6; group += one.m)
                {
                    var (before, after) = (one.weights.AsSpan((row * 6) + group, one.m).ToArray(), pruned.AsSpan((row * 6) + group, one.m).ToArray());
                    after.Count(weight => weight != 0).ShouldBe(one.n);
                    after.Where(weight => weight != 0).Order().ShouldBe(before.OrderDescending().Take(one.n).Order());
                }
                pruned[((row * 6) + (6 / one.m * one.m))..((row * 6) + 6)].ShouldBe(one.weights[((row * 6) + (6 / one.m * one.m))..((row * 6) + 6)]);
            }
        });

    [Fact]
    public void Filters_are_rows_and_excepted_layers_stay_dense()
    {
        var model = CompressionNets.State(CompressionNets.Residual);
        var pruned = PatternPruner.Prune(model, new PatternPruning(2, 4, ["first", "head"]));

        // inner: 4 filters of 54 weights, 13 groups of four and two over; outer: 6 of 36.
        pruned.NonzeroWeights().ShouldBe(new Dictionary<string, long> { ["stem"] = 6 * 18, ["inner"] = 4 * 28, ["outer"] = 6 * 18, ["head"] = 30 }, ignoreOrder: true);
    }

    private static float[] Prune(int n, int m, float[] weights) => PatternPruner.Prune(
        ModelState.Of(
            new Architecture([weights.Length / 2, 1, 1], 2, [new Flatten("flat", ["input"]), new Linear("fc", ["flat"], weights.Length / 2, 2, false)]),
            [StepSituation.Floats("fc.weight", [2, weights.Length / 2], weights)]),
        new PatternPruning(n, m)).Floats("fc.weight");
}
