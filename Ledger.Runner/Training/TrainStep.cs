using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;

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
        var began = Stopwatch.GetTimestamp();
        var store = new ArtifactStore(task.Artifacts);
        var data = Examples.Read(task.Sources[spec.Data.Source], spec.Data);
        using var network = Begin(task, spec, data, store);
        using var examples = new ExampleTensors(data);
        using var trainer = new Trainer(network, examples, spec, task.Seeds[SeedPurposes.Batches], task.Seeds.GetValueOrDefault(SeedPurposes.Attack));
        var evaluations = 0L;
        EpochResult? last = null;
        for (var number = 1; number <= spec.Recipe.Epochs; number++)
        {
            last = trainer.Epoch(number - 1, stop);
            evaluations += last.GradientEvaluations;
            epoch(Event(task.Step, number, last, network));
            if (!double.IsFinite(last.Loss))
                throw new StepFailure(FailureCodes.Diverged, $"the mean loss of epoch {number} is not finite; a smaller learning rate may help");
        }

        var completion = new TrainingCompleted(
            task.Step, ModelFiles.Save(store, network), spec.Recipe.Epochs, data.Count, last!.Loss, evaluations, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return (completion, []);
    }

    private static Network Begin(StepTask task, TrainSpec spec, Examples data, ArtifactStore store)
    {
        if (spec.Model is null)
        {
            RefuseUnfit(ModelFiles.LoadArchitecture(store, task.Models["model"]), data);
            return ModelFiles.Load(store, task.Models["model"]);
        }

        using var weights = Determinism.Generator(task.Seeds[SeedPurposes.Weights]);
        return Network.Initialise(Architectures.Build(spec.Model, data.Shape, data.Classes), weights);
    }

    private static void RefuseUnfit(Architecture model, Examples data)
    {
        if (model.Nodes.OfType<Weighted>().FirstOrDefault(node => node.Quantized is not null) is { } integers)
            throw new StepFailure(FailureCodes.Error, $"{integers.Id} has integer weights, which cannot be trained; fine-tune before quantizing");
        if (!model.Input.AsSpan().SequenceEqual(data.Shape) || model.Classes != data.Classes)
        {
            throw new StepFailure(
                FailureCodes.Error,
                $"the examples are {string.Join("×", data.Shape)} with {data.Classes} classes, the network takes {string.Join("×", model.Input)} with {model.Classes}");
        }
    }

    private static EpochCompleted Event(string step, int number, EpochResult result, Network network) => new(
        step, number, double.IsFinite(result.Loss) ? result.Loss : null, result.Accuracy, result.Lr,
        TensorBytes.Digest(network.State()).ToString(), result.GradientEvaluations, result.Seconds);
}
