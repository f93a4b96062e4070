using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Checkpoints;
using Ledger.Runner.Training.Regularizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>What one pass over the training examples came to.</summary>
/// <param name="Loss">Mean over examples; may be NaN or infinite.</param>
/// <param name="GradientEvaluations">Forward-backward passes per example, summed; attacks included.</param>
/// <param name="Terms">Of the regularizers, which are not in <paramref name="Loss"/>; null when there are none.</param>
public sealed record EpochResult(
    double Loss, double Accuracy, double Lr, long GradientEvaluations, double Seconds, IReadOnlyList<LossTerm>? Terms = null);

/// <summary>
/// Fits a network to examples by a recipe. All randomness comes from seeds: the order of the batches, the attack's noise, gates. What is
/// changed are the network's parameters, or others that its weights are made from (<see cref="Network.Reparametrization"/>).
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly Network network;
    private readonly ExampleTensors examples;
    private readonly Recipe recipe;
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly TrainingLoss loss;
    private readonly HardConcreteGates? gates;
    private readonly Penalties? penalties;
    private readonly Optimizer optimizer;
    private readonly Renormalizer? norms;
    private readonly PruningMask mask;
    private readonly ParameterAverage? average;
    private readonly Generator order;

    /// <param name="batches">Seeds the order of the batches.</param>
    /// <param name="attack">Seeds the noise of adversarial examples; 0 when none are made.</param>
    /// <param name="gate">Seeds the gates of a transformed sparse constraint; 0 when there is none.</param>
    /// <param name="optimized">What is changed; null: the network's parameters.</param>
    /// <exception cref="StepFailure">A regularizer that is not for this network.</exception>
    public Trainer(
        Network network, ExampleTensors examples, TrainSpec spec, ulong batches, ulong attack, ulong gate = 0, IReadOnlyList<Parameter>? optimized = null)
    {
        (this.network, this.examples, recipe) = (network, examples, spec.Recipe);
        loss = TrainingLoss.Of(spec, attack);
        if (spec.Regularizers?.OfType<TransformedSparsity>().FirstOrDefault() is { } sparse)
        {
            gates = new HardConcreteGates(network.Architecture, sparse.Droprate, gate);
            network.Reparametrization = gates.Gate;
        }

        parameters = [.. optimized ?? network.Parameters, .. gates?.Parameters ?? []];
        if (spec.Regularizers is { } regularizers)
            penalties = new Penalties([.. regularizers.Select(regularizer => Penalty.Of(regularizer, network, gates, examples.Count))]);
        optimizer = Optimizer.Of(recipe.Optimizer, parameters, Decay(network, gates, recipe.Decay));
        norms = recipe.Renormalize is { } renormalize ? new Renormalizer(renormalize, network) : null;
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
            sums.Loss / examples.Count, sums.Right / (double)examples.Count, lr, sums.GradientEvaluations,
            Stopwatch.GetElapsedTime(began).TotalSeconds, penalties?.Take());
    }

    /// <summary>Of every regularizer that never did anything so far, the largest share of the data's gradient that its own came to.</summary>
    public IReadOnlyList<double> InertShares => penalties?.InertShares ?? [];

    /// <summary>
    /// What the training has come to: the network's state, with averages in place of the parameters where they are averaged, and gates
    /// at their test value multiplied in.
    /// </summary>
    public IReadOnlyList<NamedTensor> State()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return [.. StateLayout.Of(network.Architecture).Select(slot => TensorBytes.Name(slot.Name, Gated(slot.Node, Value(network[slot.Name]))))];
    }

    /// <summary>What an optimized parameter has come to: itself, or its average.</summary>
    public Tensor Value(Tensor parameter) => average?.Of(parameter) ?? parameter;

    /// <summary>
    /// Everything that the epochs to come depend on, between two of them. What the training began from (the network given, its zeros and
    /// norms, the seeds) is not part of it: a trainer is restored that began from the same.
    /// </summary>
    public void Transfer(StateTransfer state)
    {
        using var scope = NewDisposeScope();
        foreach (var slot in StateLayout.Of(network.Architecture))
            state.In("network").Tensor(slot.Name, network[slot.Name]);
        state.Generator("order", order);
        optimizer.Transfer(state.In("optimizer"));
        gates?.Transfer(state.In("gates"));
        average?.Transfer(state.In("average"));
        penalties?.Transfer(state.In("penalties"));
    }

    public void Dispose()
    {
        if (gates is not null)
            network.Reparametrization = null;
        gates?.Dispose();
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
        penalties?.Backward(parameters);
        if (recipe.ClipGradient is { } longest)
            optimizer.Clip(longest);
        optimizer.Step();
        gates?.Clamp();
        norms?.Apply();
        mask.Apply(network);
        mask.Assert(network);
        average?.Update();
        var right = fit.Logits.argmax(1).eq(batch.Labels).sum().item<long>();
        return new StepResult(fit.Loss.item<float>() * (double)batch.Indices.Length, right, fit.GradientEvaluations);
    }

    private Tensor Gated(string node, Tensor value) =>
        gates?.LogAlpha(node) is { } logAlpha ? HardConcreteGates.Times(value, HardConcreteGates.Test(Value(logAlpha))) : value;

    /// <summary>Which parameters weight decay acts on: not gates, nor the weights whose prior stands in the penalty on gates; null: on all.</summary>
    private static Func<Parameter, bool>? Decay(Network network, HardConcreteGates? gates, DecayScope? scope)
    {
        if (gates is null && scope is null)
            return null;
        IntPtr Weight(Weighted layer) => network[$"{layer.Id}.weight"].Handle;
        var weights = network.Architecture.Nodes.OfType<Weighted>().Select(Weight).ToHashSet();
        HashSet<IntPtr> exempt = [.. gates?.Layers.Select(Weight) ?? [], .. gates?.Parameters.Select(parameter => parameter.Handle) ?? []];
        return parameter => !exempt.Contains(parameter.Handle) && (scope is null || weights.Contains(parameter.Handle));
    }

    private readonly record struct StepResult(double Loss, long Right, long GradientEvaluations)
    {
        public static StepResult operator +(StepResult a, StepResult b) =>
            new(a.Loss + b.Loss, a.Right + b.Right, a.GradientEvaluations + b.GradientEvaluations);
    }
}
