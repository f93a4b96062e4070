using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>Stochastic gradient descent with momentum as in PyTorch: v ← μv + g, w ← w − lr·v, or w − lr·(g + μv) with Nesterov's.</summary>
internal sealed class SgdOptimizer(Sgd spec, IReadOnlyList<Parameter> parameters, Func<Parameter, bool>? decays) : Optimizer(parameters, decays)
{
    private readonly Scalar momentum = spec.Momentum.ToScalar();
    private readonly Scalar decay = spec.WeightDecay.ToScalar();
    private readonly Tensor?[] velocities = new Tensor?[parameters.Count];

    public override void Transfer(StateTransfer state)
    {
        for (var index = 0; index < velocities.Length; index++)
            state.Optional($"velocity.{index}", ref velocities[index]);
    }

    public override void Dispose()
    {
        momentum.Dispose();
        decay.Dispose();
        foreach (var velocity in velocities)
            velocity?.Dispose();
    }

    protected override void Update(int index, Tensor weight, Tensor gradient)
    {
        using Scalar step = -Rate;
        var decayed = spec.WeightDecay == 0 || !Decays(index) ? gradient : gradient.add(weight, decay);
        weight.add_(spec.Momentum == 0 ? decayed : Direction(index, decayed), step);
    }

    private Tensor Direction(int index, Tensor gradient)
    {
        if (velocities[index] is { } velocity)
            velocity.mul_(momentum).add_(gradient, Numbers.One);
        else
            velocities[index] = velocity = gradient.clone().DetachFromDisposeScope();
        return spec.Nesterov ? gradient.add(velocity, momentum) : velocity;
    }
}
