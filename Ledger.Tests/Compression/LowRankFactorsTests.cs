using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Torch;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;
using static TorchSharp.torch;
using Linear = Ledger.Domain.Models.Linear;

namespace Ledger.Tests.Compression;

public class LowRankFactorsTests : TorchTests
{
    private static readonly double[] Sigma = [4, 2, 1, 1];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void The_error_of_a_truncation_is_the_energy_of_the_tail(int rank)
    {
        var model = Mlp(24, 16);

        var (truncated, layers) = LowRankFactors.Truncate(model, new TruncatedRank(new FixedRank(rank)));

        var (before, after) = (Matrix(model, "fc2.weight"), Matrix(truncated, "fc2_a.weight").matmul(Matrix(truncated, "fc2_b.weight")));
        var sigma = linalg.svdvals(before).data<double>().ToArray();
        var tail = Math.Sqrt(sigma.Skip(rank).Sum(s => s * s));
        (before - after).norm().item<double>().ShouldBe(tail, 1e-6);
        var second = layers.Single(layer => layer.Layer.Id == "fc2");
        (second.Rank, second.Tail).ShouldBe((rank, second.Tail));
        second.Tail.ShouldBe(tail / before.norm().item<double>(), 1e-9);
        (second.Kept + (second.Tail * second.Tail)).ShouldBe(1, 1e-9);
        linalg.matrix_rank(after, 1e-5).item<long>().ShouldBe(rank);
    }

    [Theory]
    [InlineData("residual")]
    [InlineData("pre-activation")]
    [InlineData("small-cnn")]
    public void A_factored_network_computes_what_its_multiplied_matrices_do(string kind)
    {
        var model = kind switch { "residual" => State(Residual), "pre-activation" => State(PreActivation), _ => Zoo(kind, 0.25) };
        var images = Images(model.Architecture);
        var truncated = LowRankFactors.Truncate(model, new TruncatedRank(new FixedRank(3), Head: true)).Model;

        truncated.Layers.ShouldContain(layer => layer.Id.EndsWith("_b", StringComparison.Ordinal));
        var dense = model.Layers.Aggregate(model, (state, layer) => state.With(TensorBytes.Name(
            $"{layer.Id}.weight",
            (truncated.Tensors.ContainsKey($"{layer.Id}.weight")
                ? Matrix(truncated, $"{layer.Id}.weight")
                : Matrix(truncated, $"{layer.Id}_a.weight").matmul(Matrix(truncated, $"{layer.Id}_b.weight"))).to(float32).reshape(model.Tensors[$"{layer.Id}.weight"].Shape))));

        LargestDifference(Logits(truncated, images), Logits(dense, images)).ShouldBeLessThan(1e-5f);
        LargestDifference(Logits(truncated, images), Logits(model, images)).ShouldBeGreaterThan(1e-3f);
        Shapes.Of(truncated.Architecture)[truncated.Architecture.Nodes[^1].Id].ShouldBe([model.Architecture.Classes]);
    }

    [Fact]
    public void Factors_share_the_singular_values_evenly()
    {
        var truncated = LowRankFactors.Truncate(Mlp(24, 16), new TruncatedRank(new FixedRank(4))).Model;
        var (left, right) = (Matrix(truncated, "fc2_a.weight"), Matrix(truncated, "fc2_b.weight"));

        (left.t().matmul(left) - right.matmul(right.t())).abs().max().item<double>().ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void A_layer_is_factored_only_where_that_is_smaller_and_left_alone_where_its_rank_stays()
    {
        var model = Mlp(24, 16);
        var truncated = LowRankFactors.Truncate(model, new TruncatedRank(new FixedRank(16), Except: ["fc1"])).Model;
        truncated.ShouldBe(model);

        // 16·(24 + 16) factors would be more than 16·24.
        truncated = LowRankFactors.Truncate(model, new TruncatedRank(new FixedRank(15))).Model;
        truncated.Architecture.Nodes.OfType<Linear>().Select(linear => linear.Id).ShouldBe(["fc1_b", "fc1_a", "fc2", "fc3"]);
        linalg.matrix_rank(Matrix(truncated, "fc2.weight"), 1e-5).item<long>().ShouldBe(15);
    }

    [Fact]
    public void The_head_is_truncated_only_when_asked()
    {
        var model = Mlp(24, 16);

        LowRankFactors.Truncate(model, new TruncatedRank(new FixedRank(2))).Model.Floats("fc3.weight").ShouldBe(model.Floats("fc3.weight"));
        LowRankFactors.Truncate(model, new TruncatedRank(new FixedRank(2), Head: true)).Model.Architecture.Nodes.Select(node => node.Id).ShouldContain("fc3_b");
    }

    // Energies 16, 4, 1, 1 of 22; sums 4, 2, 1, 1 of 8.
    [Theory]
    [InlineData("0.7", 1)]
    [InlineData("0.73", 2)]
    [InlineData("10/11", 2)]
    [InlineData("0.95", 3)]
    [InlineData("0.99", 4)]
    public void The_energy_kept_gives_the_smallest_rank(string energy, int rank) => LowRankFactors.Rank(new EnergyKept(Exact.Parse(energy)), Sigma).ShouldBe(rank);

    [Theory]
    [InlineData("0.5", 1, 1)]
    [InlineData("0.25", 1, 2)]
    [InlineData("0.2", 1, 3)]
    [InlineData("0.55", 2, 1)]
    [InlineData("0.5", 2, 2)]
    [InlineData("0.22", 2, 3)]
    [InlineData("0.1", 2, 4)]
    public void The_tail_allowed_gives_the_smallest_rank(string epsilon, int q, int rank) =>
        LowRankFactors.Rank(new TailAtMost(Exact.Parse(epsilon), q), Sigma).ShouldBe(rank);

    private static ModelState Mlp(params int[] hidden)
    {
        using var network = Nets.Mlp(7, hidden);
        return ModelState.Of(network.Architecture, network.State());
    }

    private static Tensor Matrix(ModelState model, string name) => TensorBytes.ToTensor(model.Tensors[name]).reshape(model.Tensors[name].Shape[0], -1).to(float64);
}
