using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Runner.Training.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>
/// Trainings inside a compress step. Their epochs are counted on from one training to the next; each has an optimizer of its own, and
/// batches and noise that depend on its number. Goes on from a checkpoint in the middle of any of them.
/// </summary>
internal sealed class CompressionTraining
{
    private readonly StepTask task;
    private readonly TrainSpec spec;
    private readonly Action<EpochCompleted> record;
    private readonly CancellationToken stop;
    private readonly TrainingCheckpoints? checkpoints;
    private readonly long began = Stopwatch.GetTimestamp();

    private SavedTraining? saved;
    private int current, epochs, recorded;
    private long evaluations;
    private double before;
    private IReadOnlyList<double> inert = [];
    private IReadOnlyList<NamedTensor> start = [];

    public CompressionTraining(StepTask task, TrainSpec spec, Action<EpochCompleted> record, CancellationToken stop)
    {
        (this.task, this.spec, this.record, this.stop) = (task, spec, record, stop);
        checkpoints = task.Checkpoints is { } place ? new TrainingCheckpoints(place) : null;
        saved = checkpoints?.Saved();
        if (saved is not null)
            Transfer(saved.State);
    }

    /// <summary>Of all trainings so far.</summary>
    public IReadOnlyList<ResultFlagged> Flags => [.. EpochRecord.Inert(task.Step, inert)];

    /// <summary>Forward-backward passes of all trainings so far, summed over examples.</summary>
    public long GradientEvaluations => evaluations;

    /// <summary>Wall time spent before an interruption; 0 when there was none.</summary>
    public double SecondsBefore => before;

    /// <summary>The network after training all its parameters; what is zero stays zero.</summary>
    public ModelState Fitted(ModelState model, int number)
    {
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        Fit(network, number);
        return ModelState.Of(model.Architecture, network.State());
    }

    /// <summary>
    /// Trains. Of trainings that were at their end when the checkpoint was written, nothing is done and the network stays as it is: the one
    /// the checkpoint is of begins with the network it began with then, whatever it is given.
    /// </summary>
    /// <param name="number">Of the training, from 0.</param>
    /// <param name="fitted">What is fitted; null: the network's parameters.</param>
    /// <param name="state">What the epochs' digests are of; null: the network's state.</param>
    /// <exception cref="StepFailure"><c>diverged</c>: the loss or a term of an epoch was not finite.</exception>
    public void Fit(Network network, int number, IReadOnlyList<Parameter>? fitted = null, Func<IReadOnlyList<NamedTensor>>? state = null)
    {
        if (saved is not null && number < current)
            return;
        Begin(network, number);
        var data = Examples.Read(task.Sources[spec.Data.Source], spec.Data);
        Attacks.EvaluatedExamples.RefuseMismatch(network.Architecture, data);
        using var examples = new ExampleTensors(data, Augmenter.Of(spec, task.Seeds, number));
        // Noise is drawn by seed, example and epoch: another number of the training is another seed.
        using var trainer = new Trainer(
            network, examples, spec, task.Seeds[SeedPurposes.Batches] + (ulong)number, task.Seeds.GetValueOrDefault(SeedPurposes.Attack) + (ulong)number, optimized: fitted);
        Restore(trainer, fitted, state);
        while (epochs < spec.Recipe.Epochs)
            Epoch(trainer, fitted, state);
        inert = [.. inert, .. trainer.InertShares];
        Settle(trainer, fitted ?? network.Parameters);
    }

    private void Begin(Network network, int number)
    {
        if (saved is null)
            (current, epochs, start) = (number, 0, network.State());
        else
        {
            var beginning = new StateRestoring(start);
            foreach (var tensor in start)
                beginning.Tensor(tensor.Name, network[tensor.Name]);
        }
    }

    private void Restore(Trainer trainer, IReadOnlyList<Parameter>? fitted, Func<IReadOnlyList<NamedTensor>>? state)
    {
        if (saved is not { } checkpoint)
            return;
        Transfer(checkpoint.State, trainer, fitted);
        checkpoint.MustGive(state?.Invoke() ?? trainer.State());
        saved = null;
    }

    private void Epoch(Trainer trainer, IReadOnlyList<Parameter>? fitted, Func<IReadOnlyList<NamedTensor>>? state)
    {
        var result = trainer.Epoch(epochs++, stop);
        var epoch = EpochRecord.Of(task.Step, ++recorded, result, state?.Invoke() ?? trainer.State());
        record(epoch);
        EpochRecord.RefuseDiverged(recorded, result);
        evaluations += result.GradientEvaluations;
        checkpoints?.Offer(recorded, epoch.WeightsDigest, transfer =>
        {
            Transfer(transfer);
            Transfer(transfer, trainer, fitted);
        });
    }

    private void Transfer(StateTransfer state)
    {
        var own = state.In("compression");
        own.Count("training", ref current);
        own.Count("epochs", ref epochs);
        own.Count("recorded", ref recorded);
        own.Count("evaluations", ref evaluations);
        var seconds = before + Stopwatch.GetElapsedTime(began).TotalSeconds;
        own.Number("seconds", ref seconds);
        before = seconds - Stopwatch.GetElapsedTime(began).TotalSeconds;
        own.Numbers("inert", ref inert);
        own.Tensors("start", ref start);
    }

    private static void Transfer(StateTransfer state, Trainer trainer, IReadOnlyList<Parameter>? fitted)
    {
        trainer.Transfer(state.In("trainer"));
        foreach (var (number, parameter) in (fitted ?? []).Index())
            state.In("fitted").Tensor($"{number}", parameter);
    }

    /// <summary>Where the recipe averages parameters, the averages are what the training came to.</summary>
    private static void Settle(Trainer trainer, IReadOnlyList<Parameter> fitted)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var parameter in fitted)
            parameter.copy_(trainer.Value(parameter));
    }
}
