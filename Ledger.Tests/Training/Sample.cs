using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;

namespace Ledger.Tests.Training;

/// <summary>The part of Fashion-MNIST that comes with the project, and recipes small enough for tests.</summary>
internal static class Sample
{
    public const string Name = "fashion-mnist-sample";

    public static readonly DataLocation Location = new DatasetCatalog(DataSources.All, []).Locate(Name);

    public static readonly Threat Linf = new(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, Clip: true);

    public static readonly Adversary Pgd2 = new("pgd2", Linf, new Pgd(2, StepSize.Parse("0.05"), Start.Random));

    public static ExamplesSpec Train(int? first) => new(Name, "train", first);

    public static ExamplesSpec Test { get; } = new(Name, "test", null);

    /// <summary>A training of a network with one hidden layer, for an executor.</summary>
    public static StepTask Training(string artifacts, int epochs, int hidden = 16) => new(
        "base", new TrainSpec(new ModelSpec("mlp", [hidden], 1, Bias: true, new Normalization([0.286], [0.353])), Train(64), Adam(epochs), null),
        new Dictionary<string, ModelRef>(), new Dictionary<string, ulong> { [SeedPurposes.Weights] = 1, [SeedPurposes.Batches] = 2 },
        new Dictionary<string, DataLocation> { [Name] = Location }, artifacts, Threads: 1);

    public static Recipe Adam(int epochs, double lr = 1e-3) => new(new Adam(lr), new Constant(), Batch: 64, epochs);
}
