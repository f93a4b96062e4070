using Ledger.Runner.Torch;
using Ledger.Runner.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <param name="Decoupled">Whether decay shrinks the weight (AdamW) or adds to the gradient (Adam).</param>
internal sealed record AdamSettings(double Beta1, double Beta2, double Eps, double WeightDecay, bool Decoupled);

/// <summary>Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2).</summary>
internal sealed class AdamOptimizer(AdamSettings settings, IReadOnlyList<Parameter> parameters, Func<Parameter, bool>? decays)
    : Optimizer(parameters, decays)
{
    private readonly Scalar decay = settings.WeightDecay.ToScalar();
    private readonly Scalar beta1 = settings.Beta1.ToScalar();
    private readonly Scalar share1 = (1 - settings.Beta1).ToScalar();
    private readonly Scalar beta2 = settings.Beta2.ToScalar();
    private readonly Scalar share2 = (1 - settings.Beta2).ToScalar();
    private readonly Scalar eps = settings.Eps.ToScalar();
    private readonly Tensor[] means = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
    private readonly Tensor[] squares = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
    private int steps;

    public override void Transfer(StateTransfer state)
    {
        state.Count("steps", ref steps);
        for (var index = 0; index < means.Length; index++)
        {
            state.Tensor($"mean.{index}", means[index]);
            state.Tensor($"square.{index}", squares[index]);
        }
    }

    public override void Dispose()
    {
        foreach (var number in new[] { decay, beta1, share1, beta2, share2, eps })
            number.Dispose();
        foreach (var tensor in means.Concat(squares))
            tensor.Dispose();
    }

    protected override void Begin() => steps++;

    protected override void Update(int index, Tensor weight, Tensor gradient)
    {
        using Scalar step = -Rate / (1 - Math.Pow(settings.Beta1, steps));
        using Scalar correction = Math.Sqrt(1 - Math.Pow(settings.Beta2, steps));
        using Scalar kept = 1 - (Rate * settings.WeightDecay);
        var decaying = settings.WeightDecay != 0 && Decays(index);
        if (decaying && settings.Decoupled)
            weight.mul_(kept);
        var used = decaying && !settings.Decoupled ? gradient.add(weight, decay) : gradient;
        means[index].mul_(beta1).add_(used, share1);
        squares[index].mul_(beta2).addcmul_(used, used, share2);
        weight.addcdiv_(means[index], squares[index].sqrt().div_(correction).add_(eps, Numbers.One), step);
    }
}
