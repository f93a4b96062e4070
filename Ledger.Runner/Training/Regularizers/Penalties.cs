using Ledger.Domain.Runs;
using Ledger.Runner.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>
/// The regularizers of a training and what they came to: values are means over the batches of an epoch; gradient norms are taken on its
/// first batch, since they cost a backward pass each.
/// </summary>
internal sealed class Penalties(IReadOnlyList<Penalty> penalties)
{
    /// <summary>A regularizer whose gradient never is this share of the data's, on the first batches of all epochs, does nothing.</summary>
    public const double Inert = 1e-6;

    private readonly double[] sums = new double[penalties.Count];
    private readonly double[] norms = new double[penalties.Count];
    private readonly double[] ratios = new double[penalties.Count];
    private int batches;

    /// <summary>The largest share each came to so far, where it is inert.</summary>
    public IReadOnlyList<double> InertShares => [.. ratios.Where(ratio => ratio < Inert)];

    /// <summary>Adds the gradients of all terms to those the parameters have from the data.</summary>
    /// <param name="all">Every parameter with a gradient.</param>
    public void Backward(IReadOnlyList<Parameter> all)
    {
        var data = batches == 0 ? GradientNorm.Of(all.Select(parameter => parameter.grad)) : 0;
        for (var index = 0; index < penalties.Count; index++)
        {
            using var scope = NewDisposeScope();
            using Scalar weight = penalties[index].Weight;
            var term = penalties[index].Value() * weight;
            if (batches == 0)
                Measure(index, term, data);
            term.backward();
            sums[index] += term.to_type(float64).item<double>();
        }

        batches++;
    }

    /// <summary>The terms of the epoch that is over.</summary>
    public IReadOnlyList<LossTerm> Take()
    {
        IReadOnlyList<LossTerm> terms =
            [.. penalties.Select((penalty, index) => new LossTerm(penalty.Name, Finite(sums[index] / batches), Finite(norms[index])))];
        Array.Clear(sums);
        batches = 0;
        return terms;
    }

    /// <summary>Between two epochs, when <see cref="Take"/> has been called.</summary>
    public void Transfer(StateTransfer state)
    {
        for (var index = 0; index < ratios.Length; index++)
            state.Number($"ratio.{index}", ref ratios[index]);
    }

    private void Measure(int index, Tensor term, double data)
    {
        var gradients = autograd.grad([term], [.. penalties[index].Parameters], retain_graph: true);
        norms[index] = GradientNorm.Of(gradients);
        ratios[index] = norms[index] == 0 ? ratios[index] : Math.Max(ratios[index], norms[index] / data);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
