using Ledger.Runner.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>
/// An exponential moving average of parameters over steps: θ̄ ← β·θ̄ + (1 − β)·θ from θ̄ = 0, corrected for that start to θ̄/(1 − βᵗ), as Adam
/// corrects its moments. Statistics of batch norm are not averaged. (The code released with Feng et al., arXiv 2503.20454, corrects in
/// this way too, but starts from the initial weights.)
/// </summary>
internal sealed class ParameterAverage(double beta, IReadOnlyList<Parameter> parameters) : IDisposable
{
    private readonly Scalar kept = beta.ToScalar();
    private readonly Scalar taken = (1 - beta).ToScalar();
    private readonly Tensor[] sums = [.. parameters.Select(parameter => zeros_like(parameter).detach().DetachFromDisposeScope())];
    private readonly Dictionary<IntPtr, int> places = parameters.Index().ToDictionary(each => each.Item.Handle, each => each.Index);
    private int steps;

    /// <summary>Takes in the parameters as they are after a step.</summary>
    public void Update()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        steps++;
        for (var index = 0; index < sums.Length; index++)
            sums[index].mul_(kept).add_(parameters[index], taken);
    }

    /// <summary>The average of a parameter; itself before the first step, and where it is none of those averaged.</summary>
    public Tensor Of(Tensor parameter)
    {
        if (steps == 0 || !places.TryGetValue(parameter.Handle, out var place))
            return parameter;
        using Scalar weight = 1 - Math.Pow(beta, steps);
        return sums[place] / weight;
    }

    public void Transfer(StateTransfer state)
    {
        state.Count("steps", ref steps);
        for (var index = 0; index < sums.Length; index++)
            state.Tensor($"sum.{index}", sums[index]);
    }

    public void Dispose()
    {
        kept.Dispose();
        taken.Dispose();
        foreach (var sum in sums)
            sum.Dispose();
    }
}
