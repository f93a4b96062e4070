using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;

namespace Ledger.Runner.Bench.Recording;

/// <summary>A training with checkpoints and without: short epochs, and a pause between checkpoints that is a fraction of the usual one.</summary>
internal static class Saving
{
    private const double EverySeconds = 0.5;

    public static BenchFinding Measured(int rounds, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("ledger-bench-").FullName;
        try
        {
            var task = Training(folder);
            var place = new CheckpointPlace(Path.Combine(folder, "checkpoints"), EverySeconds);
            TrainStep.Run(task, _ => { }, stop);
            var (a, b) = ByTurns.Fastest(rounds, () => TrainStep.Run(task with { Checkpoints = place }, _ => { }, stop), () => TrainStep.Run(task, _ => { }, stop));
            return new($"a training with checkpoints every {EverySeconds} s over one without", a / b, 1.02, $"({a / 1000:F2} s against {b / 1000:F2} s)");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static StepTask Training(string folder)
    {
        const string Sample = "fashion-mnist-sample";
        var model = new ModelSpec("small-cnn", [], 1, Bias: true, new Normalization([0.286], [0.353]));
        var spec = new TrainSpec(model, new ExamplesSpec(Sample, "train", First: 1000), new Recipe(new Adam(1e-3), new Constant(), 128, 20), null);
        return new StepTask(
            "base", spec, new Dictionary<string, Domain.Models.ModelRef>(), new Dictionary<string, ulong> { [SeedPurposes.Weights] = 1, [SeedPurposes.Batches] = 2 },
            new Dictionary<string, DataLocation> { [Sample] = DatasetCatalog.Of("").Locate(Sample) }, folder, Threads: 1);
    }
}
