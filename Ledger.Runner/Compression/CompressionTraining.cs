using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>
/// Trainings inside a compress step. Their epochs are counted on from one training to the next; each has an optimizer of its own, and
/// batches and noise that depend on its number.
/// </summary>
internal sealed class CompressionTraining(StepTask task, TrainSpec spec, Action<EpochCompleted> epoch, CancellationToken stop)
{
    private readonly List<ResultFlagged> flags = [];
    private int recorded;

    /// <summary>Of all trainings so far.</summary>
    public IReadOnlyList<ResultFlagged> Flags => flags;

    /// <summary>Forward-backward passes of all trainings so far, summed over examples.</summary>
    public long GradientEvaluations { get; private set; }

    /// <summary>The network after training all its parameters; what is zero stays zero.</summary>
    public ModelState Fitted(ModelState model, int number)
    {
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        Fit(network, number);
        return ModelState.Of(model.Architecture, network.State());
    }

    /// <param name="number">Of the training, from 0.</param>
    /// <param name="fitted">What is fitted; null: the network's parameters.</param>
    /// <param name="state">What the epochs' digests are of; null: the network's state.</param>
    /// <exception cref="StepFailure"><c>diverged</c>: the loss or a term of an epoch was not finite.</exception>
    public void Fit(Network network, int number, IReadOnlyList<Parameter>? fitted = null, Func<IReadOnlyList<NamedTensor>>? state = null)
    {
        var data = Examples.Read(task.Sources[spec.Data.Source], spec.Data);
        Attacks.EvaluatedExamples.RefuseMismatch(network.Architecture, data);
        using var examples = new ExampleTensors(data, Augmenter.Of(spec, task.Seeds, number));
        // Noise is drawn by seed, example and epoch: another number of the training is another seed.
        using var trainer = new Trainer(
            network, examples, spec, task.Seeds[SeedPurposes.Batches] + (ulong)number, task.Seeds.GetValueOrDefault(SeedPurposes.Attack) + (ulong)number, optimized: fitted);
        for (var at = 0; at < spec.Recipe.Epochs; at++)
        {
            var result = trainer.Epoch(at, stop);
            epoch(EpochRecord.Of(task.Step, ++recorded, result, state?.Invoke() ?? trainer.State()));
            EpochRecord.RefuseDiverged(recorded, result);
            GradientEvaluations += result.GradientEvaluations;
        }
        flags.AddRange(EpochRecord.Inert(task.Step, trainer));
        Settle(trainer, fitted ?? network.Parameters);
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
