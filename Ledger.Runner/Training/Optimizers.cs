using Ledger.Domain.Experiments;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>Torch's optimizers from their specification.</summary>
public static class Optimizers
{
    public static optim.Optimizer Of(OptimizerSpec spec, IEnumerable<Parameter> parameters) => spec switch
    {
        Sgd sgd => optim.SGD(parameters, sgd.Lr, momentum: sgd.Momentum, weight_decay: sgd.WeightDecay, nesterov: sgd.Nesterov),
        Domain.Experiments.Adam adam => optim.Adam(parameters, adam.Lr, adam.Beta1, adam.Beta2, adam.Eps, adam.WeightDecay),
        Domain.Experiments.AdamW adam => optim.AdamW(parameters, adam.Lr, adam.Beta1, adam.Beta2, adam.Eps, adam.WeightDecay),
        _ => throw new NotSupportedException($"no optimizer for {spec.GetType().Name}"),
    };

    public static void SetRate(optim.Optimizer optimizer, double rate)
    {
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }
}
