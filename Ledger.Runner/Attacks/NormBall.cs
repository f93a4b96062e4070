using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// All perturbations of an image up to a radius, and the three things a gradient attack asks of them. Tensors are
/// [batch, channels, height, width] in units of the threat's space; every operation treats each example by itself.
/// Numbers stand in <c>using Scalar</c> for the reason given at <see cref="Torch.Numbers"/>.
/// </summary>
public abstract record NormBall(float Radius)
{
    public static NormBall Of(Threat threat) => threat.Norm switch
    {
        Norm.Linf => new LinfBall(threat.Eps.Float),
        Norm.L2 => new L2Ball(threat.Eps.Float),
        _ => throw new ArgumentOutOfRangeException(nameof(threat), threat.Norm, "no ball for this norm"),
    };

    /// <summary>Fills one example's random starting perturbation, within the ball.</summary>
    public abstract void Inside(ExampleNoise noise, Span<float> perturbation);

    /// <summary>Fills one example's random starting perturbation of length ε, as APGD starts (Croce and Hein 2020).</summary>
    public abstract void Surface(ExampleNoise noise, Span<float> perturbation);

    /// <summary>The direction of length 1 in this norm in which the loss rises fastest; zero where the gradient is.</summary>
    public abstract Tensor Steepest(Tensor gradient);

    /// <summary>The nearest point of the ball, in the Euclidean sense; points inside stay.</summary>
    public abstract Tensor Project(Tensor perturbation);

    /// <summary>Norm of each example's perturbation, [batch].</summary>
    public abstract Tensor Length(Tensor perturbation);

    private protected static void Scale(Span<float> perturbation, float factor)
    {
        foreach (ref var value in perturbation)
            value *= factor;
    }
}

/// <summary>
/// max |δ| ≤ ε. Starts uniform in the ball, or uniform values scaled so that the largest is ε; the steepest step is the gradient's sign.
/// </summary>
public sealed record LinfBall(float Radius) : NormBall(Radius)
{
    public override void Inside(ExampleNoise noise, Span<float> perturbation)
    {
        noise.FillUniform(perturbation);
        Scale(perturbation, Radius);
    }

    public override void Surface(ExampleNoise noise, Span<float> perturbation)
    {
        noise.FillUniform(perturbation);
        var largest = 0f;
        foreach (var value in perturbation)
            largest = Math.Max(largest, Math.Abs(value));
        Scale(perturbation, largest == 0 ? 0 : Radius / largest);
    }

    public override Tensor Steepest(Tensor gradient) => gradient.sign();

    public override Tensor Project(Tensor perturbation)
    {
        using Scalar low = -Radius, high = Radius;
        return perturbation.clamp(low, high);
    }

    public override Tensor Length(Tensor perturbation) => perturbation.abs().flatten(1).amax([1]);
}

/// <summary>
/// √Σδ² ≤ ε. Starts in a uniform direction, at a length uniform in [0, ε) or at ε; the steepest step is the normalised gradient.
/// </summary>
public sealed record L2Ball(float Radius) : NormBall(Radius)
{
    public override void Inside(ExampleNoise noise, Span<float> perturbation) => Normal(noise, perturbation, noise.Scalar());

    public override void Surface(ExampleNoise noise, Span<float> perturbation) => Normal(noise, perturbation, 1);

    private void Normal(ExampleNoise noise, Span<float> perturbation, float share)
    {
        noise.FillNormal(perturbation);
        var squares = 0d;
        foreach (var value in perturbation)
            squares += (double)value * value;
        Scale(perturbation, (float)(Radius * share / Math.Sqrt(squares)));
    }

    public override Tensor Steepest(Tensor gradient)
    {
        // Scaled by the largest entry first: the squares of a confident network's tiny gradients would be zero in float32.
        using Scalar smallest = float.Epsilon, tiny = 1e-12f;
        var scaled = gradient / PerImage(gradient.abs().flatten(1).amax([1])).clamp_min(smallest);
        return scaled / PerImage(Length(scaled)).clamp_min(tiny);
    }

    public override Tensor Project(Tensor perturbation)
    {
        using Scalar smallest = float.Epsilon, radius = Radius, one = 1f;
        return perturbation * PerImage(Length(perturbation)).clamp_min(smallest).reciprocal_().mul_(radius).clamp_max(one);
    }

    public override Tensor Length(Tensor perturbation) => perturbation.flatten(1).pow(Numbers.Two).sum(1).sqrt();

    private static Tensor PerImage(Tensor values) => values.view(-1, 1, 1, 1);
}
