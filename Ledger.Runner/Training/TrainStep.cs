using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Checkpoints;

namespace Ledger.Runner.Training;

/// <summary>The train step: a new network, or one taken further, fitted by its recipe.</summary>
public static class TrainStep
{
    /// <param name="epoch">Called at the end of each epoch; may wait.</param>
    /// <exception cref="StepFailure"><c>diverged</c>: the loss of an epoch was not finite. <c>error</c>: the input network cannot be trained on the examples.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static (TrainingCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Run(StepTask task, Action<EpochCompleted> epoch, CancellationToken stop)
    {
        var spec = (TrainSpec)task.Spec;
        var progress = new TrainingProgress(spec.Recipe);
        var store = new ArtifactStore(task.Artifacts);
        var data = Examples.Read(task.Sources[spec.Data.Source], spec.Data);
        using var network = Begin(task, spec, data, store);
        ulong Seed(string purpose) => task.Seeds.GetValueOrDefault(purpose);
        using var examples = new ExampleTensors(data, Augmenter.Of(spec, task.Seeds));
        using var trainer = new Trainer(network, examples, spec, Seed(SeedPurposes.Batches), Seed(SeedPurposes.Attack), Seed(SeedPurposes.Gates));
        using var validation = spec.Validation is { } held ? new ValidationExamples(Validation(task, held, data)) : null;
        var checkpoints = task.Checkpoints is { } place ? new TrainingCheckpoints(place) : null;
        if (checkpoints?.Saved() is { } saved)
        {
            Transfer(saved.State);
            saved.MustGive(trainer.State());
        }

        EpochResult last;
        while (true)
        {
            last = trainer.Epoch(progress.Epochs, stop);
            var state = trainer.State();
            var validated = validation?.Of(network.Architecture, state);
            var record = EpochRecord.Of(task.Step, progress.Epochs + 1, last, state, validated);
            epoch(record);
            EpochRecord.RefuseDiverged(record.Epoch, last);
            if (progress.Ends(last, state, validated))
                break;
            checkpoints?.Offer(record.Epoch, record.WeightsDigest, Transfer);
        }

        var completion = new TrainingCompleted(
            task.Step, QuantizedTraining.Save(store, network.Architecture, progress.Kept), progress.Epochs, data.Count, last.Loss,
            progress.GradientEvaluations, progress.Seconds, spec.Recipe.Keep is null ? null : progress.KeptEpoch);
        return (completion, [.. EpochRecord.Inert(task.Step, trainer.InertShares)]);

        void Transfer(StateTransfer state)
        {
            trainer.Transfer(state.In("trainer"));
            progress.Transfer(state.In("progress"));
        }
    }

    private static Examples Validation(StepTask task, ExamplesSpec held, Examples data)
    {
        var examples = Examples.Read(task.Sources[held.Source], held);
        return examples.Shape.AsSpan().SequenceEqual(data.Shape) && examples.Classes == data.Classes
            ? examples
            : throw new StepFailure(FailureCodes.Error, "the validation examples are not of the shape and classes of the training examples");
    }

    private static Network Begin(StepTask task, TrainSpec spec, Examples data, ArtifactStore store)
    {
        if (spec.Model is null)
        {
            RefuseUnfit(ModelFiles.LoadArchitecture(store, task.Models["model"]), data);
            return ModelFiles.Load(store, task.Models["model"]);
        }

        using var weights = Determinism.Generator(task.Seeds[SeedPurposes.Weights]);
        return Network.Initialise(Architectures.Build(spec.Model, data.Shape, data.Classes), weights, spec.Model.Init);
    }

    private static void RefuseUnfit(Architecture model, Examples data)
    {
        if (model.Nodes.OfType<Weighted>().FirstOrDefault(node => node.Quantized is { Latent: not true }) is { } integers)
        {
            throw new StepFailure(
                FailureCodes.Error,
                $"{integers.Id} has integer weights, which cannot be trained; fine-tune before quantizing, or compress with method qat, whose networks are fine-tuned");
        }

        if (!model.Input.AsSpan().SequenceEqual(data.Shape) || model.Classes != data.Classes)
        {
            throw new StepFailure(
                FailureCodes.Error,
                $"the examples are {string.Join("×", data.Shape)} with {data.Classes} classes, the network takes {string.Join("×", model.Input)} with {model.Classes}");
        }
    }
}
