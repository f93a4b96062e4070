using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public class SyntheticTaskTests
{
    private static readonly TwoGaussians Gaussians = new(50, Exact.Parse("0.8"), 0.2, Train: 4000, Test: 500, Seed: 3);

    public static TheoryData<SyntheticSpec> WithMargin =>
    [
        new Halfspace(1, Exact.Parse("0.5"), 50, 50, 0),
        new Halfspace(2, Exact.Parse("0.5"), 50, 50, 0),
        new Halfspace(100, Exact.Parse("0.3"), 400, 50, 1),
        new Halfspace(101, Exact.Parse("1/3"), 400, 50, 2),
        new LowRank(100, 1, Exact.Parse("5"), 50, 50, 0),
        new LowRank(100, 3, Exact.Parse("0.9"), 300, 50, 1),
        new LowRank(64, 64, Exact.Parse("0.2"), 300, 50, 1),
    ];

    [Theory]
    [MemberData(nameof(WithMargin))]
    public void Every_example_is_on_its_labels_side_at_least_the_margin_away(SyntheticSpec task)
    {
        foreach (var split in new[] { "train", "test" })
        {
            var (examples, signs) = (Make(task, split), SyntheticTask.Signs(task));
            foreach (var (row, pixels) in examples.Pixels.Chunk(task.Dimension).Index())
            {
                var distance = pixels.Zip(signs, (pixel, sign) => sign * ((pixel / 255.0) - 0.5)).Sum() / Math.Sqrt(task.Dimension);
                ((examples.Labels[row] == 1 ? 1 : -1) * distance).ShouldBeGreaterThan(task.Margin.Value - 1e-12);
                SyntheticTask.Side(pixels, signs).ShouldBe((long)Math.Round(510 * Math.Sqrt(task.Dimension) * distance));
            }
        }
    }

    [Fact]
    public void The_margin_is_attained_and_not_kept_by_pushing()
    {
        var task = new Halfspace(100, Exact.Parse("0.3"), 4000, 1, 1);
        var signs = SyntheticTask.Signs(task);
        double[] distances = [.. Make(task, "train").Pixels.Chunk(100).Select(pixels => Math.Abs(SyntheticTask.Side(pixels, signs)) / 5100.0)];

        distances.Min().ShouldBeInRange(0.3, 0.302);
        // Of a normal distance with deviation √(1/12), what lies beyond 0.3 has the mean 0.4436.
        distances.Average().ShouldBe(0.4436, 0.01);
    }

    [Fact]
    public void Both_classes_are_about_as_many() =>
        Make(new Halfspace(30, Exact.Parse("0.2"), 4000, 1, 5), "train").Labels.Average(label => label).ShouldBe(0.5, 0.03);

    [Fact]
    public void Features_of_low_rank_repeat_or_complete_each_other()
    {
        var task = new LowRank(20, 3, Exact.Parse("0.1"), 60, 5, 2);
        var signs = SyntheticTask.Signs(task);

        foreach (var pixels in Make(task, "train").Pixels.Chunk(20))
        {
            for (var at = 3; at < 20; at++)
                (pixels[at] == pixels[at % 3]).ShouldBe(signs[at] == signs[at % 3] || pixels[at] * 2 == 255);
            for (var at = 3; at < 20; at++)
                pixels[at].ShouldBe(signs[at] == signs[at % 3] ? pixels[at % 3] : (byte)(255 - pixels[at % 3]));
        }
    }

    [Fact]
    public void Two_gaussians_have_their_means_and_deviations()
    {
        var (examples, signs) = (Make(Gaussians, "train"), SyntheticTask.Signs(Gaussians));
        double[] sides = [.. examples.Pixels.Chunk(50).Select(pixels => SyntheticTask.Side(pixels, signs) / (510 * Math.Sqrt(50)))];
        double[] positive = [.. sides.Where((_, row) => examples.Labels[row] == 1)], negative = [.. sides.Where((_, row) => examples.Labels[row] == 0)];

        examples.Labels.Take(4).ShouldBe([0, 1, 0, 1]);
        positive.Average().ShouldBe(0.8, 0.02);
        negative.Average().ShouldBe(-0.8, 0.02);
        Math.Sqrt(positive.Average(side => Math.Pow(side - positive.Average(), 2))).ShouldBe(0.2, 0.01);
    }

    [Fact]
    public void An_example_depends_on_seed_split_and_index_only()
    {
        var whole = Make(Gaussians, "train");
        var part = Examples.Read(Here, new("two-gaussians", "train", null, Random: new(100, 7), Synthetic: Gaussians));
        var longer = Make(Gaussians with { Train = 5000 }, "train");

        part.Indices.ShouldNotBe(Enumerable.Range(0, 100));
        part.Digest().ShouldBe(whole.Take(part.Indices).Digest());
        longer.Take([.. Enumerable.Range(0, 4000)]).Digest().ShouldBe(whole.Digest());
        Make(Gaussians with { Seed = 4 }, "train").Digest().ShouldNotBe(whole.Digest());
        Make(Gaussians with { Test = 4000 }, "test").Digest().ShouldNotBe(whole.Digest());
    }

    [Fact]
    public void What_is_made_is_pinned_for_good()
    {
        Make(new Halfspace(10, Exact.Parse("0.2"), 20, 5, 0), "train").Digest().ToString().ShouldBe("f8ecec9d253eb4670e1e5e14035af27fc9fd5525311dbdecd1078e73ddc4b38b");
        Make(new LowRank(10, 2, Exact.Parse("0.2"), 20, 5, 0), "train").Digest().ToString().ShouldBe("48e415bfcf9a2d8ebb0b39db661d46b2436f79aeae92b4395b5df3d31d087a0e");
        Make(Gaussians, "test").Digest().ToString().ShouldBe("920efd49df15f55596adbb5ce0517bc1a25328b451d008be668ea82a1bdb28ec");
    }

    private static DataLocation Here => new("two-gaussians", DataFormats.Synthetic, "");

    private static Examples Make(SyntheticSpec task, string split) => Examples.Read(Here, new("task", split, null, Synthetic: task));
}
