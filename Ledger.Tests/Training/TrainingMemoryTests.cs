using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Shouldly;
using TorchSharp;
using Xunit;

namespace Ledger.Tests.Training;

/// <summary>Native memory under training.</summary>
public sealed class TrainingMemoryTests : TrainStepSituation
{
    [Fact]
    public void Memory_stays_flat_over_the_steps_of_training()
    {
        using var network = Nets.Zoo(Mlp);
        using var examples = new ExampleTensors(Examples.Read(Sample.Location, Sample.Train(300)));
        using var trainer = new Trainer(network, examples, Small() with { Adversary = Sample.Pgd2 }, batches: 1, attack: 2);
        trainer.Epoch(0, CancellationToken.None);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (var epoch = 1; epoch < 5; epoch++)
            trainer.Epoch(epoch, CancellationToken.None);

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void The_garbage_collector_may_run_in_the_middle_of_a_step(string optimizer)
    {
        OptimizerSpec spec = optimizer switch
        {
            "adam" => new Adam(1e-3, WeightDecay: 0.01),
            "adamw" => new AdamW(1e-3),
            _ => new Sgd(0.01, 0.9, Nesterov: true, WeightDecay: 0.01),
        };
        var training = Small() with { Recipe = new(spec, new Constant(), 4, 2) };
        Run(training);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.Token.WaitHandle.WaitOne(1))
                GC.Collect(0);
        });
        collector.Start();

        try
        {
            Run(training);
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }

        Epochs[3].WeightsDigest.ShouldBe(Epochs[1].WeightsDigest);
    }
}
