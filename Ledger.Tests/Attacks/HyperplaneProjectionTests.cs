using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

/// <summary>Held against a solution by bisection in plain arithmetic, on random problems and on the edges of the box.</summary>
public class HyperplaneProjectionTests : TorchTests
{
    public static TheoryData<Norm, int> Sizes() => new() { { Norm.Linf, 1 }, { Norm.Linf, 2 }, { Norm.Linf, 9 }, { Norm.Linf, 784 }, { Norm.L2, 1 }, { Norm.L2, 2 }, { Norm.L2, 9 }, { Norm.L2, 784 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Agrees_with_bisection_on_random_problems(Norm norm, int size)
    {
        var problems = Problems(60, size);

        var steps = Project(norm, problems);

        foreach (var (row, problem) in problems.Index())
        {
            var expected = Bisected(norm, problem);
            for (var i = 0; i < size; i++)
                steps[row][i].ShouldBe(expected[i], 1e-9 * (1 + Math.Abs(expected[i])));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Lands_on_the_hyperplane_inside_the_box_and_no_feasible_point_is_nearer(Norm norm, int size)
    {
        var random = new Random(5);
        foreach (var (problem, step) in Problems(60, size).Zip(Project(norm, Problems(60, size))))
        {
            Land(problem, step).ShouldBe(problem.Reachable ? problem.Offset : problem.Nearest, 1e-9 * size);
            step.Zip(problem.Point).ShouldAllBe(pair => pair.First + pair.Second >= -1e-12 && pair.First + pair.Second <= 1 + 1e-12);
            var length = Length(norm, step);
            for (var other = 0; problem.Reachable && other < 20; other++)
                Length(norm, Feasible(problem, random)).ShouldBeGreaterThanOrEqualTo(length - 1e-9);
        }
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void A_point_on_the_hyperplane_stays(Norm norm) =>
        One(norm, [0.25, 0.5], [1, -2], -0.75).ShouldBe([0, 0]);

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Weights_of_zero_move_nothing_even_when_all_are(Norm norm)
    {
        One(norm, [0.25, 0.5], [0, 1], 0.75).ShouldBe([0, 0.25]);
        One(norm, [0.25, 0.5], [0, 0], 1).ShouldBe([0, 0]);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Out_of_reach_gives_the_nearest_corner(Norm norm)
    {
        One(norm, [0.25, 0.5, 0.5], [1, -2, 0], 7).ShouldBe([0.75, -0.5, 0]);
        One(norm, [0.25, 0.5, 0.5], [1, -2, 0], -7).ShouldBe([-0.25, 0.5, 0]);
    }

    [Fact]
    public void A_coordinate_on_its_face_leaves_the_way_to_the_others()
    {
        // w·x falls by moving down; the first coordinate cannot, so the second goes the whole way.
        One(Norm.Linf, [0, 0.5], [1, 1], 0.25).ShouldBe([0, -0.25]);
        One(Norm.L2, [0, 0.5], [3, 1], 0.25).ShouldBe([0, -0.25]);
    }

    [Fact]
    public void Without_walls_the_steps_are_the_textbooks()
    {
        double[] weights = [3, -4];
        double[] walls = [double.PositiveInfinity, double.PositiveInfinity];

        // |c| / ‖w‖₁ against the signs, and c·w / ‖w‖₂².
        Run(Norm.Linf, [14], [weights], [walls], [walls])[0].ShouldBe([-2, 2]);
        Run(Norm.L2, [25], [weights], [walls], [walls])[0].ShouldBe([-3, 4]);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Tiny_weights_are_no_smaller_than_large_ones(Norm norm)
    {
        var plain = One(norm, [0.3, 0.9, 0.4], [1, 0.2, -0.5], 0.05);
        var tiny = One(norm, [0.3, 0.9, 0.4], [1e-40, 0.2e-40, -0.5e-40], 0.05e-40);

        tiny.Zip(plain).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others()
    {
        var problems = Problems(40, 50);
        var together = Project(Norm.Linf, problems);

        foreach (var (row, problem) in problems.Index())
            Project(Norm.Linf, [problem])[0].ShouldBe(together[row]);
    }

    private sealed record Problem(double[] Point, double[] Weights, double Offset)
    {
        public double Excess => Dot(Weights, Point) - Offset;

        /// <summary>The value of w·z in the box that is nearest to the offset.</summary>
        public double Nearest => Math.Clamp(Offset, Weights.Sum(w => Math.Min(w, 0)), Weights.Sum(w => Math.Max(w, 0)));

        public bool Reachable => Nearest == Offset;
    }

    /// <summary>With coordinates on faces, weights of zero, and offsets from the point's own to out of reach.</summary>
    private static List<Problem> Problems(int count, int size)
    {
        var random = new Random(size);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            double[] point = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() switch { < 0.3 => 0, > 0.8 => 1, var value => value })];
            double[] weights = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() < 0.2 ? 0 : random.NextDouble() - 0.5)];
            var reach = random.NextDouble() * 1.2;
            var corner = weights.Sum(w => random.Next(2) == 0 ? Math.Min(w, 0) : Math.Max(w, 0));
            return new Problem(point, weights, Dot(weights, point) + (reach * (corner - Dot(weights, point))));
        })];
    }

    private static double[] Bisected(Norm norm, Problem problem)
    {
        var toward = -Math.Sign(problem.Excess);
        double[] At(double time) => [.. problem.Weights.Zip(problem.Point, (w, x) =>
            Math.Clamp(toward * Math.Sign(w) * time * (norm == Norm.L2 ? Math.Abs(w) : 1), -x, 1 - x))];
        var (low, high) = (0d, 1d);
        while (high < 1e18 && Math.Abs(Dot(problem.Weights, At(high))) < Math.Abs(problem.Excess))
            high *= 2;
        for (var halving = 0; halving < 200; halving++)
        {
            var middle = (low + high) / 2;
            (low, high) = Math.Abs(Dot(problem.Weights, At(middle))) < Math.Abs(problem.Excess) ? (middle, high) : (low, middle);
        }
        return At(high);
    }

    /// <summary>A step to another point of the box on the hyperplane: from a random point, along the way to a corner on the other side.</summary>
    private static double[] Feasible(Problem problem, Random random)
    {
        double[] from = [.. problem.Point.Select(_ => random.NextDouble())];
        var below = Dot(problem.Weights, from) < problem.Offset;
        double[] corner = [.. problem.Weights.Select(w => w > 0 == below ? 1d : 0)];
        var (start, end) = (Dot(problem.Weights, from), Dot(problem.Weights, corner));
        var part = start == end ? 0 : (problem.Offset - start) / (end - start);
        return [.. from.Zip(corner, (a, b) => a + (part * (b - a))).Zip(problem.Point, (z, x) => z - x)];
    }

    private static double[] One(Norm norm, double[] point, double[] weights, double offset) => Project(norm, [new Problem(point, weights, offset)])[0];

    private static double[][] Project(Norm norm, IReadOnlyList<Problem> problems) => Run(
        norm, [.. problems.Select(p => p.Excess)], [.. problems.Select(p => p.Weights)], [.. problems.Select(p => p.Point)],
        [.. problems.Select(p => p.Point.Select(x => 1 - x).ToArray())]);

    private static double[][] Run(Norm norm, double[] excess, double[][] weights, double[][] down, double[][] up)
    {
        Tensor Rows(double[][] rows) => tensor([.. rows.SelectMany(row => row)], [rows.Length, rows[0].Length]);
        var steps = norm == Norm.Linf
            ? HyperplaneProjection.Linf(tensor(excess), Rows(weights), Rows(down), Rows(up))
            : HyperplaneProjection.L2(tensor(excess), Rows(weights), Rows(down), Rows(up));
        return [.. steps.data<double>().ToArray().Chunk(weights[0].Length)];
    }

    private static double Land(Problem problem, double[] step) => Dot(problem.Weights, [.. problem.Point.Zip(step, (x, d) => x + d)]);

    private static double Length(Norm norm, double[] step) => norm == Norm.Linf ? step.Max(Math.Abs) : Math.Sqrt(Dot(step, step));

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
