using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class NoiseAttackTests : TorchTests
{
    [Fact]
    public void Draws_fill_the_maximum_norms_ball_and_lie_on_the_Euclidean_balls_surface()
    {
        var (linf, l2) = (Points(Norm.Linf, "0.25"), Points(Norm.L2, "0.25"));

        linf.Count.ShouldBe(200);
        linf.SelectMany(point => point).Average().ShouldBe(0, 0.02);
        linf.SelectMany(point => point).Average(value => value * value).ShouldBe(0.0625 / 3, 0.002);
        linf.ShouldAllBe(point => point.All(value => Math.Abs(value) <= 0.25));
        l2.ShouldAllBe(point => Math.Abs(point.Sum(value => value * value) - 0.0625) < 1e-6);
        l2.Average(point => point[0]).ShouldBe(0, 0.02);
        l2.Select(point => point[0]).Distinct().Count().ShouldBe(200);
    }

    [Fact]
    public void An_example_is_drawn_for_until_it_breaks()
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(30, 100, 155);
        var threat = new Threat(Norm.Linf, Exact.Parse("0.3"), Space.Pixel, Clip: true);
        using var network = new AttackedNetwork(linear.Network.Forward, threat, linear.Network.Architecture);

        var found = AttackEvaluation.Run(
            network, AttackParts.Of(new Adversary("test", threat, new RandomNoise(20))), pixels, labels, Rows(30), seed: 1, TestContext.Current.CancellationToken);

        found.Broken.ShouldBeInRange(3, 27);
        found.GradientEvaluations.ShouldBe(0);
        found.Examples.ShouldAllBe(example => example.Forwards == (example.Broken ? example.Restart + 1 : 20));
        // No draw breaks what no perturbation within the radius can.
        found.Examples.Zip(linear.Distances(Norm.Linf, pixels, labels, box: true)).ShouldAllBe(pair => !pair.First.Broken || pair.Second <= 0.3);
    }

    /// <summary>The perturbations of 200 draws of one grey image that is never broken.</summary>
    private static List<double[]> Points(Norm norm, string eps)
    {
        var threat = new Threat(norm, Exact.Parse(eps), Space.Pixel, Clip: true);
        var points = new List<double[]>();
        using var linear = new LinearClasses(seed: 1);
        using var network = new AttackedNetwork(
            x =>
            {
                points.Add([.. x[0].flatten().data<float>().Select(value => value - (double)(128 / 255f))]);
                return tensor(new float[] { 1, 0, 0, 0 }, [1, 4]).expand(x.shape[0], 4).contiguous();
            },
            threat, linear.Network.Architecture);
        AttackEvaluation.Run(
            network, [new NoiseAttack(new RandomNoise(200))], full([1, 1, 2, 3], 128, ScalarType.Byte), [0], [0], seed: 1, TestContext.Current.CancellationToken);
        return [.. points.Where(point => point.Any(value => value != 0))];
    }

    private static long[] Rows(int count) => [.. Enumerable.Range(0, count)];
}
