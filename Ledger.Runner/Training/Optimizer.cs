using Ledger.Domain.Experiments;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>
/// Changes parameters by their gradients. Written out here, formula for formula as PyTorch's single-tensor versions, because TorchSharp's
/// own pass temporary numbers to native code (see <see cref="Torch.Numbers"/>).
/// </summary>
public abstract class Optimizer(IReadOnlyList<Parameter> parameters) : IDisposable
{
    /// <summary>The learning rate of the next step.</summary>
    public double Rate { get; set; }

    public static Optimizer Of(OptimizerSpec spec, IReadOnlyList<Parameter> parameters) => spec switch
    {
        Sgd sgd => new SgdOptimizer(sgd, parameters) { Rate = sgd.Lr },
        Domain.Experiments.Adam adam => new AdamOptimizer(new(adam.Beta1, adam.Beta2, adam.Eps, adam.WeightDecay, Decoupled: false), parameters) { Rate = adam.Lr },
        Domain.Experiments.AdamW adam => new AdamOptimizer(new(adam.Beta1, adam.Beta2, adam.Eps, adam.WeightDecay, Decoupled: true), parameters) { Rate = adam.Lr },
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

    public abstract void Dispose();

    protected virtual void Begin()
    {
    }

    protected abstract void Update(int index, Tensor weight, Tensor gradient);
}
