using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using static TorchSharp.torch;

namespace Ledger.Tests.Training;

/// <summary>A small network on the sample, a store of its own, and what a training step recorded.</summary>
public abstract class TrainStepSituation : TorchTests
{
    protected static readonly ModelSpec Mlp = new("mlp", [32], 1, Bias: true, Nets.Grey);

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-train-").FullName;

    protected List<EpochCompleted> Epochs { get; } = [];

    protected ArtifactStore Store => new(folder);

    protected override void Dispose(bool disposing)
    {
        Directory.Delete(folder, recursive: true);
        base.Dispose(disposing);
    }

    protected static readonly ExamplesSpec Held = new(Sample.Name, "train", null, new HoldOut(200, Seed: 3), Held: true);

    protected static TrainSpec Small() => new(Mlp, Sample.Train(300), Sample.Adam(2), Adversary: null);

    /// <summary>Half of the first layer's weights zero, and its first four units zero altogether, bias included.</summary>
    protected ModelRef Pruned()
    {
        using var network = Nets.Zoo(Mlp, seed: 4);
        using (no_grad())
        {
            network["fc1.weight"].masked_fill_(network["fc1.weight"].abs().lt(1.0 / 28 / 2), 0);
            network["fc1.weight"].narrow(0, 0, 4).zero_();
            network["fc1.bias"].narrow(0, 0, 4).zero_();
        }

        return ModelFiles.Save(Store, network);
    }

    protected TrainingCompleted Run(TrainSpec spec, ModelRef? model = null, Dictionary<string, ulong>? seeds = null) =>
        TrainStep.Run(Task(spec, model, seeds ?? Seeds()), Epochs.Add, CancellationToken.None).Completion;

    protected StepTask Task(TrainSpec spec, ModelRef? model, Dictionary<string, ulong> seeds)
    {
        var models = new Dictionary<string, ModelRef>(StringComparer.Ordinal);
        if (model is not null)
            models["model"] = model;
        return new StepTask("train", spec, models, seeds, new Dictionary<string, DataLocation>(StringComparer.Ordinal) { [Sample.Name] = Sample.Location }, folder, Threads: 1);
    }

    protected static Dictionary<string, ulong> Seeds(string other = "", ulong value = 0)
    {
        var seeds = new Dictionary<string, ulong>(StringComparer.Ordinal) { [SeedPurposes.Weights] = 1, [SeedPurposes.Batches] = 2, [SeedPurposes.Attack] = 3 };
        if (other.Length > 0)
            seeds[other] = value;
        return seeds;
    }

    protected float[] Floats(ModelRef model, string name) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(SafeTensors.Read(Store.ReadAll(ContentHash.Parse(model.Weights.Digest)))[name].Data.Span).ToArray();

    protected double Accuracy(ModelRef model) => Accuracy(model, Sample.Test);

    protected double ValidationAccuracy(ModelRef model) => Accuracy(model, Held);

    private double Accuracy(ModelRef model, ExamplesSpec of)
    {
        using var network = ModelFiles.Load(Store, model);
        using var examples = new ExampleTensors(Examples.Read(Sample.Location, of));
        using var off = no_grad();
        var batch = examples.Rows(0, examples.Count);
        return network.Forward(batch.Pixels).argmax(1).eq(batch.Labels).sum().item<long>() / (double)examples.Count;
    }
}
