using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Compression;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Ledger.Tests.Training;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compression;

/// <summary>A compression that trains and goes on from a checkpoint gives the bits of one that never stopped.</summary>
public sealed class ResumedCompressionTests : TorchTests
{
    private static readonly Recipe Short = new(new Sgd(0.1, 0.9), new Constant(), 64, 2, Ema: 0.9);

    private static readonly Dictionary<string, CompressSpec> Variants = new(StringComparer.Ordinal)
    {
        ["scores"] = new(new LearnedScores(Exact.Parse("0.8")), new TrainSpec(null, StepSituation.Train(128), Short with { Epochs = 4 }, null)),
        ["rounds"] = new(
            new MagnitudePruning(Exact.Parse("0.9"), Scope.Global, new PruningRounds(3, SparsityPath.Geometric)),
            new TrainSpec(null, StepSituation.Train(128), Short, Sample.Pgd2)),
    };

    public static TheoryData<string, int> Stops => [.. Variants.Keys.SelectMany(name => Enumerable.Range(1, 4).Select(epoch => (name, epoch)))];

    [Theory]
    [MemberData(nameof(Stops))]
    public void It_comes_out_the_same_after_whichever_epoch_it_was_stopped(string variant, int last)
    {
        using var situation = new StepSituation();
        using var parent = Nets.Mlp(2, 16);
        var seeds = new Dictionary<string, ulong> { [SeedPurposes.Batches] = 3, [SeedPurposes.Attack] = 4 };
        var task = situation.Task(Variants[variant], parent) with { Seeds = seeds };
        var expected = new List<EpochCompleted>();
        var whole = CompressStep.Run(task, expected.Add, CancellationToken.None).Completion;

        var place = new CheckpointPlace(Path.Combine(situation.Store.Folder, "checkpoints"), 0);
        var seen = new List<EpochCompleted>();
        Interrupt(task with { Checkpoints = place }, seen, last);
        var resumed = CompressStep.Run(task with { Checkpoints = place with { ResumeFrom = last } }, seen.Add, CancellationToken.None).Completion;

        expected.Count.ShouldBe(4);
        seen.Select(Computed).ShouldBe(expected.Select(Computed));
        (resumed with { Seconds = 0, Layers = null }).ShouldBe(whole with { Seconds = 0, Layers = null });
    }

    private static EpochCompleted Computed(EpochCompleted epoch) => epoch with { Seconds = 0 };

    /// <summary>Ends, as a killed process does, before the epoch after the last one is recorded; after the fourth, before what it made is.</summary>
    private static void Interrupt(StepTask task, List<EpochCompleted> seen, int last)
    {
        try
        {
            CompressStep.Run(task, See, CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            last.ShouldBeLessThan(4);
        }

        void See(EpochCompleted epoch)
        {
            if (epoch.Epoch > last)
                throw new OperationCanceledException();
            seen.Add(epoch);
        }
    }
}
