using System.Diagnostics;
using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>What one pass over the training examples came to.</summary>
/// <param name="Loss">Mean over examples; may be NaN or infinite.</param>
/// <param name="GradientEvaluations">Forward-backward passes per example, summed; attacks included.</param>
public sealed record EpochResult(double Loss, double Accuracy, double Lr, long GradientEvaluations, double Seconds);

/// <summary>
/// Fits a network to examples. All randomness comes from two seeds: the order of the batches and the attack's noise. It keeps no state
/// beyond the network's, the optimizer's and the batch generator's.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly Network network;
    private readonly ExampleTensors examples;
    private readonly TrainSpec spec;
    private readonly Optimizer optimizer;
    private readonly PruningMask mask;
    private readonly Generator order;
    private readonly ulong attackSeed;

    /// <param name="batches">Seeds the order of the batches.</param>
    /// <param name="attack">Seeds the noise of adversarial examples; 0 when none are made.</param>
    public Trainer(Network network, ExampleTensors examples, TrainSpec spec, ulong batches, ulong attack)
    {
        (this.network, this.examples, this.spec, attackSeed) = (network, examples, spec, attack);
        optimizer = Optimizer.Of(spec.Recipe.Optimizer, network.Parameters);
        mask = spec.Model is null ? PruningMask.Of(network) : PruningMask.None();
        order = Torch.Determinism.Generator(batches);
    }

    /// <param name="epoch">From 0.</param>
    /// <param name="stop">Looked at before each batch; the network is then between two steps.</param>
    /// <exception cref="OperationCanceledException"/>
    public EpochResult Epoch(int epoch, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var lr = Schedules.Rate(spec.Recipe.Schedule, spec.Recipe.Optimizer.Lr, epoch, spec.Recipe.Epochs);
        optimizer.Rate = lr;
        network.Training = true;
        using var scope = NewDisposeScope();
        var rows = randperm(examples.Count, dtype: ScalarType.Int64, generator: order);
        var sums = new StepResult(0, 0, 0);
        for (var from = 0; from < examples.Count; from += spec.Recipe.Batch)
        {
            stop.ThrowIfCancellationRequested();
            sums += Step(rows.narrow(0, from, Math.Min(spec.Recipe.Batch, examples.Count - from)), epoch);
        }

        network.Training = false;
        return new EpochResult(
            sums.Loss / examples.Count, sums.Right / (double)examples.Count, lr, sums.GradientEvaluations, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        mask.Dispose();
        order.Dispose();
    }

    private StepResult Step(Tensor rows, int epoch)
    {
        using var scope = NewDisposeScope();
        var batch = examples.Rows(rows);
        var (pixels, spent) = spec.Adversary is { } adversary
            ? Adversaries.Perturb(network, batch.Pixels, batch.Labels, batch.Indices, adversary, attackSeed, epoch)
            : (batch.Pixels, 0L);
        optimizer.ZeroGradients();
        var logits = network.Forward(pixels);
        var loss = nn.functional.cross_entropy(logits, batch.Labels);
        loss.backward();
        optimizer.Step();
        mask.Apply(network);
        mask.Assert(network);
        var right = logits.argmax(1).eq(batch.Labels).sum().item<long>();
        return new StepResult(loss.item<float>() * (double)batch.Indices.Length, right, spent + batch.Indices.Length);
    }

    private readonly record struct StepResult(double Loss, long Right, long GradientEvaluations)
    {
        public static StepResult operator +(StepResult a, StepResult b) =>
            new(a.Loss + b.Loss, a.Right + b.Right, a.GradientEvaluations + b.GradientEvaluations);
    }
}
