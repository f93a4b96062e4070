using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>
/// Changes parameters by their gradients. Written out here, formula for formula as PyTorch's single-tensor versions, because TorchSharp's
/// own pass temporary numbers to native code (see <see cref="Torch.Numbers"/>).
/// </summary>
/// <param name="decays">Whether weight decay acts on a parameter; null: on all.</param>
public abstract class Optimizer(IReadOnlyList<Parameter> parameters, Func<Parameter, bool>? decays) : IDisposable
{
    private readonly bool[] decayed = [.. parameters.Select(parameter => decays?.Invoke(parameter) ?? true)];

    /// <summary>The learning rate of the next step.</summary>
    public double Rate { get; set; }

    public static Optimizer Of(OptimizerSpec spec, IReadOnlyList<Parameter> parameters, Func<Parameter, bool>? decays = null) => spec switch
    {
        Sgd sgd => new SgdOptimizer(sgd, parameters, decays) { Rate = sgd.Lr },
        Domain.Experiments.Adam adam =>
            new AdamOptimizer(new(adam.Beta1, adam.Beta2, adam.Eps, adam.WeightDecay, Decoupled: false), parameters, decays) { Rate = adam.Lr },
        Domain.Experiments.AdamW adam =>
            new AdamOptimizer(new(adam.Beta1, adam.Beta2, adam.Eps, adam.WeightDecay, Decoupled: true), parameters, decays) { Rate = adam.Lr },
        _ => throw new NotSupportedException($"no optimizer for {spec.GetType().Name}"),
    };

    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in parameters)
            parameter.grad?.zero_();
    }

    /// <summary>One step with the gradients the parameters have now.</summary>
    public void Step()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Begin();
        for (var index = 0; index < parameters.Count; index++)
        {
            if (parameters[index].grad is { } gradient)
                Update(index, parameters[index], gradient);
        }
    }

    /// <summary>Scales all gradients together to a Euclidean length of at most <paramref name="longest"/>; NaN stays NaN.</summary>
    public void Clip(double longest)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var length = GradientNorm.Of(parameters.Select(parameter => parameter.grad));
        using Scalar factor = longest / length;
        foreach (var parameter in length > longest ? parameters : [])
            parameter.grad?.mul_(factor);
    }

    /// <summary>What the next step depends on besides parameters, gradients and rate.</summary>
    public abstract void Transfer(StateTransfer state);

    public abstract void Dispose();

    protected virtual void Begin()
    {
    }

    protected bool Decays(int index) => decayed[index];

    protected abstract void Update(int index, Tensor weight, Tensor gradient);
}

internal static class GradientNorm
{
    /// <summary>Euclidean, over all entries of all tensors; those that are null count as zero.</summary>
    public static double Of(IEnumerable<Tensor?> gradients)
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(gradients.Sum(gradient => gradient is null ? 0 : gradient.pow(Numbers.Two).sum(ScalarType.Float64).item<double>()));
    }
}
