using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using Ledger.Runner.Training;
using TorchSharp;

namespace Ledger.Runner.Bench;

/// <summary>One measured ratio or difference and the most it may be.</summary>
public sealed record BenchFinding(string What, double Found, double Most, string Unit)
{
    public bool Holds => Found <= Most;
}

/// <summary>
/// What training costs, as ratios within one process: the two sides alternate round by round and the fastest round of each counts, so
/// that a busy machine slows both. Synthetic images; absolute times are printed for orientation only.
/// </summary>
public static class TrainBench
{
    private const int Rounds = 12, StepsPerRound = 8, Batch = 128;

    /// <summary>Writes one line per finding; takes about a minute.</summary>
    public static IReadOnlyList<BenchFinding> Run(TextWriter output)
    {
        Determinism.Prepare(threads: 1);
        List<BenchFinding> findings = [];
        foreach (var measure in new Func<BenchFinding>[] { Pooling, Overhead, () => Memory(iterations: 2000) })
        {
            var finding = measure();
            findings.Add(finding);
            output.WriteLine($"{(finding.Holds ? "ok  " : "FAIL")} {finding.What}: {finding.Found:F3} {finding.Unit}, at most {finding.Most:F2}");
        }

        return findings;
    }

    private static BenchFinding Pooling()
    {
        using var images = Images(Batch * StepsPerRound);
        using var nhwc = SmallCnn();
        using var nchw = Network.Load(nhwc.Architecture, nhwc.State(), fastPooling: false);
        using var fast = new Trainer(nhwc, images, Spec, batches: 1, attack: 0);
        using var slow = new Trainer(nchw, images, Spec, batches: 1, attack: 0);
        var (a, b) = ByTurns.Fastest(Rounds, () => fast.Epoch(0, CancellationToken.None), () => slow.Epoch(0, CancellationToken.None));
        return new("pooling channels-last over channels-first, small-cnn", a / b, 0.85, $"({a / StepsPerRound:F1} ms against {b / StepsPerRound:F1} ms a step)");
    }

    private static BenchFinding Overhead()
    {
        using var images = Images(Batch * StepsPerRound);
        using var one = SmallCnn();
        using var two = SmallCnn();
        using var trainer = new Trainer(one, images, Spec, batches: 1, attack: 0);
        using var bare = new BareLoop(two, images);
        var (a, b) = ByTurns.Fastest(Rounds, () => trainer.Epoch(0, CancellationToken.None), () => bare.Epoch(Batch));
        return new("trainer over a loop written by hand, small-cnn", a / b, 1.03, $"({a / StepsPerRound:F1} ms against {b / StepsPerRound:F1} ms a step)");
    }

    /// <summary>Tensors alive after the steps that were not after the first few: any is a leak that grows with the study.</summary>
    internal static BenchFinding Memory(int iterations)
    {
        using var images = Images(Batch);
        using var network = Build(new ModelSpec("mlp", [256, 128], 1, Bias: true, Centred));
        using var trainer = new Trainer(network, images, Spec with { Recipe = Spec.Recipe with { Batch = Batch } }, batches: 1, attack: 0);
        trainer.Epoch(0, CancellationToken.None);
        var (tensors, resident) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Environment.WorkingSet);
        for (var step = 0; step < iterations; step++)
            trainer.Epoch(0, CancellationToken.None);
        var grown = (Environment.WorkingSet - resident) / 1048576.0;
        return new($"tensors left after {iterations} steps", DisposeScopeManager.Statistics.ThreadTotalLiveCount - tensors, 0, $"tensors (resident memory {grown:+0;-0;0} MiB)");
    }

    private static Normalization Centred => new([0.5], [0.5]);

    private static ModelSpec SmallCnnSpec => new("small-cnn", [], 1, Bias: true, Centred);

    private static TrainSpec Spec => new(SmallCnnSpec, new("synthetic", "train", null), new(new Sgd(0.01, 0.9), new Constant(), Batch, 1), Adversary: null);

    private static Network SmallCnn() => Build(SmallCnnSpec);

    private static Network Build(ModelSpec spec)
    {
        using var generator = Determinism.Generator(1);
        return Network.Initialise(Architectures.Build(spec, [1, 28, 28], 10), generator);
    }

    private static ExampleTensors Images(int count) => new(new Examples(
        [1, 28, 28], 10, [.. Enumerable.Range(0, count * 784).Select(at => (byte)(at * 2654435761L >> 13))],
        [.. Enumerable.Range(0, count).Select(at => (byte)(at % 10))], [.. Enumerable.Range(0, count)]));
}
