using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class SquareTests : TorchTests
{
    private const int Channels = 3, Height = 12, Width = 10;

    private static readonly ExampleNoise Noise = new(Seed: 3, Draw: 0, Example: 17, Restart: 0);

    /// <summary>The authors' schedule, unstretched, and the sides it gives on 28 × 28 with p = 0.8.</summary>
    [Theory]
    [InlineData(0, 1, 25)]
    [InlineData(10, 1, 25)]
    [InlineData(11, 2, 18)]
    [InlineData(50, 2, 18)]
    [InlineData(51, 4, 13)]
    [InlineData(201, 8, 9)]
    [InlineData(501, 16, 6)]
    [InlineData(1001, 32, 4)]
    [InlineData(2001, 64, 3)]
    [InlineData(4001, 128, 2)]
    [InlineData(6001, 256, 2)]
    [InlineData(8001, 512, 1)]
    [InlineData(100_000, 512, 1)]
    public void Windows_shrink_by_the_published_schedule(int query, int divisor, int side)
    {
        SquareSearch.Fraction(0.8, query).ShouldBe(0.8 / divisor);
        new LinfWindows((1, 28, 28), 0.1f).Side(0.8 / divisor).ShouldBe(side);
        new L2Windows((1, 28, 28), 0.1f).Side(0.8 / divisor).ShouldBe(Math.Max(side + 1 - (side % 2), 3));
    }

    [Theory]
    [InlineData(5000, 10, 20)]
    [InlineData(500, 0, 0)]
    [InlineData(500, 25, 500)]
    [InlineData(500, 499, 9980)]
    [InlineData(10_000, 123, 123)]
    public void The_schedule_may_be_fitted_to_the_number_of_queries(int queries, int query, int scheduled)
    {
        new SquareSearch(new Square(queries, Rescale: true)).Scheduled(query).ShouldBe(scheduled);
        new SquareSearch(new Square(queries)).Scheduled(query).ShouldBe(query);
    }

    [Fact]
    public void No_window_is_wider_than_the_image()
    {
        new LinfWindows((1, 4, 40), 0.1f).Side(0.8).ShouldBe(4);
        new L2Windows((1, 4, 40), 0.1f).Side(0.8).ShouldBe(3);
        new L2Windows((1, 2, 2), 0.1f).Side(0.8).ShouldBe(1);
    }

    [Fact]
    public void In_Linf_it_begins_with_columns_of_one_sign_a_channel()
    {
        var begun = new float[Channels * Height * Width];
        new LinfWindows((Channels, Height, Width), 0.25f).Begin(Noise, begun);

        begun.ShouldAllBe(value => Math.Abs(value) == 0.25f);
        for (var at = 0; at < begun.Length; at++)
            begun[at].ShouldBe(begun[(at / (Height * Width) * Height * Width) + (at % Width)]);
        begun.Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void In_Linf_a_query_sets_one_square_to_one_sign_a_channel()
    {
        var windows = new LinfWindows((Channels, Height, Width), 0.25f);
        var corners = new HashSet<(int, int)>();
        for (var query = 0; query < 300; query++)
        {
            var changed = new float[Channels * Height * Width];
            windows.Change(Noise, query, 4, changed);
            var places = Enumerable.Range(0, changed.Length).Where(at => changed[at] != 0).ToArray();

            places.Length.ShouldBe(Channels * 16);
            var (top, left) = (places.Min(at => at / Width % Height), places.Min(at => at % Width));
            places.ShouldAllBe(at => (at / Width % Height) < top + 4 && at % Width < left + 4);
            changed.Chunk(Height * Width).ShouldAllBe(plane => plane.Where(value => value != 0).Distinct().Count() == 1);
            corners.Add((top, left));
        }
        // Uniform on [0, h − s) × [0, w − s), as the authors draw them: the last row and column of places never come.
        corners.Order().ShouldBe(Enumerable.Range(0, Height - 4).SelectMany(top => Enumerable.Range(0, Width - 4), (top, left) => (top, left)));
    }

    [Fact]
    public void A_bump_is_two_pyramids_of_opposite_sign()
    {
        // Weights 1 and 1/4 about the centres of 1 × 3 and 2 × 3, each of length 1, and then the whole.
        var (upper, lower) = (Math.Sqrt(2 * ((2 * 0.0625) + 1.5625)), Math.Sqrt(2 * ((5 * 0.0625) + 1.5625)));

        SquareBump.Of(3).ShouldBe(
            [0.25 / upper, 1.25 / upper, 0.25 / upper, -0.25 / lower, -0.25 / lower, -0.25 / lower, -0.25 / lower, -1.25 / lower, -0.25 / lower], 1e-12);
        SquareBump.Transposed(3)[1].ShouldBe(-0.25 / lower, 1e-12);
        SquareBump.Of(1).ShouldBe([-1.0]);
    }

    [Theory]
    [InlineData(28, 28)]
    [InlineData(24, 24)]
    [InlineData(12, 10)]
    [InlineData(2, 2)]
    public void In_L2_perturbations_are_of_length_eps_throughout(int height, int width)
    {
        var windows = new L2Windows((Channels, height, width), 0.5f);
        var perturbation = new float[Channels * height * width];
        windows.Begin(Noise, perturbation);
        Length(perturbation).ShouldBe(0.5, 1e-6);

        for (var query = 0; query < 100; query++)
        {
            var before = perturbation.ToArray();
            windows.Change(Noise, query, windows.Side(SquareSearch.Fraction(0.8, query)), perturbation);
            Length(perturbation).ShouldBe(0.5, 1e-6);
            perturbation.ShouldNotBe(before);
        }
    }

    [Fact]
    public void In_L2_a_query_keeps_the_proportions_outside_its_windows_and_empties_one()
    {
        var windows = new L2Windows((1, 20, 20), 0.5f);
        var before = new float[400];
        windows.Begin(Noise, before);
        var after = before.ToArray();
        windows.Change(Noise, 7, 5, after);

        var ratios = before.Zip(after).Where(pair => pair.First != 0).GroupBy(pair => Math.Round(pair.Second / pair.First, 4)).OrderByDescending(group => group.Count()).ToList();
        ratios[0].Count().ShouldBeGreaterThanOrEqualTo(400 - (2 * 25) - 25);
        after.Count(value => value == 0).ShouldBeInRange(before.Count(value => value == 0), before.Count(value => value == 0) + 25);
        after.Count(value => value == 0).ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(0.999, true)]
    [InlineData(1.001, false)]
    public void In_Linf_it_finds_the_best_perturbation_of_a_linear_network(double share, bool breaks)
    {
        // Weights of zero in the last row and column, where no small window comes.
        var random = new Random(4);
        float[] weights = [.. Enumerable.Range(0, 36).Select(at => at / 6 == 5 || at % 6 == 5 ? 0 : (float)random.NextDouble() - 0.5f)];
        var unbiased = weights.Sum(weight => weight * 128 / 255f);
        var reach = 0.1 * weights.Sum(Math.Abs);
        using var net = Network.Load(
            new Architecture([1, 6, 6], 2, [new Flatten("flat", [Architecture.Pixels]), new Linear("head", ["flat"], 36, 2, Bias: true)]),
            [LinearNets.Floats("head.weight", [2, 36], [.. weights, .. new float[36]]), LinearNets.Floats("head.bias", [2], [(float)((reach * share) - unbiased), 0])]);
        var threat = new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, Clip: true);
        using var network = new AttackedNetwork(net.Forward, threat, net.Architecture);

        var found = AttackEvaluation.Run(
            network, AttackParts.Of(new Adversary("test", threat, new Square(Queries: 3000, PInit: 0.1))), full([1, 1, 6, 6], 128, ScalarType.Byte), [0], [0], 1, TestContext.Current.CancellationToken);

        found.Broken.ShouldBe(breaks ? 1 : 0);
        found.GradientEvaluations.ShouldBe(0);
        if (!breaks)
            found.Examples[0].Queries.ShouldBe(1 + 1 + 3000);
    }

    private static double Length(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
