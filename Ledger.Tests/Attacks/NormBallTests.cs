using CsCheck;
using Ledger.Runner.Attacks;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

public class NormBallTests : TorchTests
{
    private const double Rounding = 1e-6;

    private static readonly Gen<NormBall> Balls = Gen.Select(Gen.Float[1e-3f, 4], Gen.Bool, (radius, linf) => linf ? (NormBall)new LinfBall(radius) : new L2Ball(radius));
    private static readonly Gen<float[]> Images = Gen.Float[-5, 5].Array[12];

    [Fact]
    public void Projections_lie_in_the_ball_and_stay_when_projected_again() => Gen.Select(Balls, Images).Sample((ball, values) =>
    {
        using var scope = NewDisposeScope();
        var once = ball.Project(Image(values));
        var twice = ball.Project(once);

        ball.Length(once).item<float>().ShouldBeLessThanOrEqualTo((float)(ball.Radius * (1 + Rounding)));
        (twice - once).abs().max().item<float>().ShouldBeLessThanOrEqualTo((float)(ball.Radius * Rounding));
    }, iter: 200, threads: 1);

    [Fact]
    public void Points_inside_the_ball_are_left_as_they_are() => Gen.Select(Balls, Images).Sample((ball, values) =>
    {
        using var scope = NewDisposeScope();
        var image = Image(values);
        var inside = image * (0.99f * ball.Radius / ball.Length(image).item<float>());

        ball.Project(inside).data<float>().ToArray().ShouldBe(inside.data<float>().ToArray());
    }, iter: 200, threads: 1);

    [Fact]
    public void Starts_lie_in_the_ball_and_those_on_the_surface_on_it() => Gen.Select(Balls, Gen.UInt).Sample((ball, example) =>
    {
        using var scope = NewDisposeScope();
        float[] inside = new float[12], surface = new float[12];
        ball.Inside(new ExampleNoise(5, 0, example, 0), inside);
        ball.Surface(new ExampleNoise(5, 0, example, 0), surface);

        ball.Length(Image(inside)).item<float>().ShouldBeLessThanOrEqualTo((float)(ball.Radius * (1 + Rounding)));
        ball.Length(Image(surface)).item<float>().ShouldBe(ball.Radius, ball.Radius * Rounding);
    }, iter: 200, threads: 1);

    [Fact]
    public void Steepest_steps_have_length_one_however_small_the_gradient()
    {
        foreach (var scale in new[] { 1f, 1e-20f, 1e-38f, 1e30f })
        {
            var gradient = Image([3, -4, 0, 0]) * scale;

            new L2Ball(1).Steepest(gradient).data<float>().ToArray().ShouldBe([0.6f, -0.8f, 0, 0], 1e-6);
            new LinfBall(1).Steepest(gradient).data<float>().ToArray().ShouldBe([1, -1, 0, 0]);
        }
    }

    [Fact]
    public void A_zero_gradient_gives_no_step()
    {
        new L2Ball(1).Steepest(zeros(1, 1, 2, 2)).data<float>().ToArray().ShouldBe([0, 0, 0, 0]);
        new LinfBall(1).Steepest(zeros(1, 1, 2, 2)).data<float>().ToArray().ShouldBe([0, 0, 0, 0]);
    }

    [Fact]
    public void Each_image_is_projected_by_itself()
    {
        var two = cat([Image([3, 4, 0, 0]), Image([0.3f, 0.4f, 0, 0])]);

        new L2Ball(1).Project(two).data<float>().ToArray().ShouldBe([0.6f, 0.8f, 0, 0, 0.3f, 0.4f, 0, 0], 1e-6);
    }

    private static Tensor Image(float[] values) => tensor(values, [1, 1, values.Length / 2, 2]);
}
