using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>What one pass over the training examples came to.</summary>
/// <param name="Loss">Mean over examples; may be NaN or infinite.</param>
/// <param name="GradientEvaluations">Forward-backward passes per example, summed; attacks included.</param>
public sealed record EpochResult(double Loss, double Accuracy, double Lr, long GradientEvaluations, double Seconds);

/// <summary>
/// Fits a network to examples by a recipe. All randomness comes from seeds: the order of the batches, the attack's noise. What is changed
/// are the network's parameters, or others that its weights are made from (<see cref="Network.Reparametrization"/>).
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly Network network;
    private readonly ExampleTensors examples;
    private readonly Recipe recipe;
    private readonly TrainingLoss loss;
    private readonly Optimizer optimizer;
    private readonly PruningMask mask;
    private readonly ParameterAverage? average;
    private readonly Generator order;

    /// <param name="batches">Seeds the order of the batches.</param>
    /// <param name="attack">Seeds the noise of adversarial examples; 0 when none are made.</param>
    /// <param name="optimized">What is changed; null: the network's parameters.</param>
    public Trainer(Network network, ExampleTensors examples, TrainSpec spec, ulong batches, ulong attack, IReadOnlyList<Parameter>? optimized = null)
    {
        (this.network, this.examples, recipe) = (network, examples, spec.Recipe);
        var parameters = optimized ?? network.Parameters;
        loss = TrainingLoss.Of(spec, attack);
        optimizer = Optimizer.Of(recipe.Optimizer, parameters, recipe.Decay is DecayScope.Weights ? IsWeight(network) : null);
        mask = spec.Model is null ? PruningMask.Of(network) : PruningMask.None();
        average = recipe.Ema is { } beta ? new ParameterAverage(beta, parameters) : null;
        order = Determinism.Generator(batches);
    }

    /// <param name="epoch">From 0.</param>
    /// <param name="stop">Looked at before each batch; the network is then between two steps.</param>
    /// <exception cref="OperationCanceledException"/>
    public EpochResult Epoch(int epoch, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var lr = Schedules.Rate(recipe.Schedule, recipe.Optimizer.Lr, epoch, recipe.Epochs);
        optimizer.Rate = lr;
        network.Training = true;
        using var scope = NewDisposeScope();
        var rows = randperm(examples.Count, dtype: ScalarType.Int64, generator: order);
        var sums = new StepResult(0, 0, 0);
        for (var from = 0; from < examples.Count; from += recipe.Batch)
        {
            stop.ThrowIfCancellationRequested();
            sums += Step(rows.narrow(0, from, Math.Min(recipe.Batch, examples.Count - from)), epoch);
        }

        network.Training = false;
        return new EpochResult(
            sums.Loss / examples.Count, sums.Right / (double)examples.Count, lr, sums.GradientEvaluations, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>What the training has come to: the network's state, with averages in place of the parameters where they are averaged.</summary>
    public IReadOnlyList<NamedTensor> State()
    {
        using var scope = NewDisposeScope();
        return [.. StateLayout.Of(network.Architecture).Select(slot => TensorBytes.Name(slot.Name, Value(network[slot.Name])))];
    }

    /// <summary>What an optimized parameter has come to: itself, or its average.</summary>
    public Tensor Value(Tensor parameter) => average?.Of(parameter) ?? parameter;

    public void Dispose()
    {
        loss.Dispose();
        optimizer.Dispose();
        mask.Dispose();
        average?.Dispose();
        order.Dispose();
    }

    private StepResult Step(Tensor rows, int epoch)
    {
        using var scope = NewDisposeScope();
        var batch = examples.Rows(rows, epoch);
        var fit = loss.Of(network, batch, epoch);
        optimizer.ZeroGradients();
        fit.Loss.backward();
        if (recipe.ClipGradient is { } longest)
            optimizer.Clip(longest);
        optimizer.Step();
        mask.Apply(network);
        mask.Assert(network);
        average?.Update();
        var right = fit.Logits.argmax(1).eq(batch.Labels).sum().item<long>();
        return new StepResult(fit.Loss.item<float>() * (double)batch.Indices.Length, right, fit.GradientEvaluations);
    }

    private static Func<Parameter, bool> IsWeight(Network network)
    {
        var weights = network.Architecture.Nodes.OfType<Weighted>().Select(node => network[$"{node.Id}.weight"].Handle).ToHashSet();
        return parameter => weights.Contains(parameter.Handle);
    }

    private readonly record struct StepResult(double Loss, long Right, long GradientEvaluations)
    {
        public static StepResult operator +(StepResult a, StepResult b) =>
            new(a.Loss + b.Loss, a.Right + b.Right, a.GradientEvaluations + b.GradientEvaluations);
    }
}
