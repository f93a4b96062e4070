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
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training;

public sealed class TrainStepTests : TorchTests, IDisposable
{
    private static readonly ModelSpec Mlp = new("mlp", [32], 1, Bias: true, Nets.Grey);

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-train-").FullName;
    private readonly List<EpochCompleted> epochs = [];

    private ArtifactStore Store => new(folder);

    void IDisposable.Dispose()
    {
        Directory.Delete(folder, recursive: true);
        Dispose();
    }

    [Fact]
    public void A_small_network_learns_the_sample()
    {
        var done = Run(new TrainSpec(Nets.SmallCnnSpec(), Sample.Train(null), Sample.Adam(2), Adversary: null));

        Accuracy(done.Model).ShouldBeGreaterThan(0.7);
        epochs.Select(epoch => epoch.Epoch).ShouldBe([1, 2]);
        epochs[1].Loss!.Value.ShouldBeLessThan(epochs[0].Loss!.Value);
        epochs[1].Accuracy.ShouldBeGreaterThan(epochs[0].Accuracy);
        (done.Examples, done.Epochs, done.GradientEvaluations).ShouldBe((5000, 2, 10_000));
    }

    [Fact]
    public void The_last_digest_is_the_address_of_the_weights()
    {
        var done = Run(Small());

        epochs[^1].WeightsDigest.ShouldBe(done.Model.Weights.Digest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_twice_gives_the_same_bits(bool adversarial)
    {
        var spec = Small() with { Adversary = adversarial ? Sample.Pgd2 : null };
        Run(spec);
        Run(spec);

        epochs[2].WeightsDigest.ShouldBe(epochs[0].WeightsDigest);
        epochs[3].WeightsDigest.ShouldBe(epochs[1].WeightsDigest);
        epochs[1].WeightsDigest.ShouldNotBe(epochs[0].WeightsDigest);
    }

    [Theory]
    [InlineData(SeedPurposes.Weights)]
    [InlineData(SeedPurposes.Batches)]
    [InlineData(SeedPurposes.Attack)]
    public void Every_seed_matters(string purpose)
    {
        var spec = Small() with { Adversary = Sample.Pgd2 };
        Run(spec);
        Run(spec, seeds: Seeds(purpose, 99));

        epochs[2].WeightsDigest.ShouldNotBe(epochs[0].WeightsDigest);
    }

    [Fact]
    public void Adversarial_training_counts_the_attack_and_fits_worse()
    {
        Run(Small());
        var adversarial = Run(Small() with { Adversary = Sample.Pgd2 });

        adversarial.GradientEvaluations.ShouldBe(2 * 300 * 3);
        epochs[3].Loss!.Value.ShouldBeGreaterThan(epochs[1].Loss!.Value);
    }

    [Theory]
    [InlineData(0.9, 0.0)]
    [InlineData(0.0, 0.01)]
    public void Pruned_weights_stay_zero_while_the_others_are_tuned(double momentum, double decay)
    {
        var pruned = Pruned();
        var spec = Small() with { Model = null, Recipe = new(new Sgd(0.1, momentum, WeightDecay: decay), new Constant(), 64, 2) };

        var tuned = Run(spec, pruned);

        var (before, after) = (Floats(pruned, "fc1.weight"), Floats(tuned.Model, "fc1.weight"));
        before.Index().Where(weight => weight.Item == 0).ShouldAllBe(weight => after[weight.Index] == 0);
        after.Index().Count(weight => weight.Item != before[weight.Index]).ShouldBeGreaterThan(10_000);
        Floats(tuned.Model, "fc1.bias")[..4].ShouldBe([0, 0, 0, 0]);
        Floats(tuned.Model, "fc1.bias")[4..].ShouldAllBe(bias => bias != 0);
    }

    [Fact]
    public void The_epoch_best_on_validation_examples_is_kept()
    {
        // The rate of the second half throws the network far off, so that the best epoch is not the last.
        var recipe = Sample.Adam(4) with { Schedule = new MultiStep([2], 1000), Keep = ValidationFigure.Accuracy };

        var done = Run(Small() with { Recipe = recipe, Validation = Held });

        var best = epochs.MaxBy(epoch => epoch.ValidationAccuracy)!;
        done.KeptEpoch.ShouldBe(best.Epoch);
        best.Epoch.ShouldBeLessThan(3);
        done.Model.Weights.Digest.ShouldBe(best.WeightsDigest);
        done.Epochs.ShouldBe(4);
        best.ValidationAccuracy!.Value.ShouldBe(ValidationAccuracy(done.Model), 1e-12);
    }

    [Fact]
    public void Training_stops_when_validation_gets_no_better()
    {
        var recipe = new Recipe(new Sgd(1e-30), new Constant(), 64, 9, Stop: new EarlyStop(2, ValidationFigure.Loss, NotBefore: 4));

        var done = Run(Small() with { Recipe = recipe, Validation = Held });

        (done.Epochs, done.KeptEpoch, epochs.Count).ShouldBe((4, null, 4));
        epochs.Select(epoch => epoch.ValidationLoss).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void The_average_of_the_weights_is_what_is_saved()
    {
        // With β near 0 the average is the last weights; with β near 1 it is the mean over all steps.
        var (live, last, mean) = (Averaged(null), Averaged(1e-9), Averaged(1 - 1e-9));

        last.Index().ShouldAllBe(weight => Math.Abs(weight.Item - live[weight.Index]) < 1e-6);
        mean.Index().Max(weight => Math.Abs(weight.Item - live[weight.Index])).ShouldBeGreaterThan(1e-4f);
        float[] Averaged(double? beta) => Floats(Run(Small() with { Recipe = Sample.Adam(2) with { Ema = beta } }).Model, "fc1.weight");
    }

    [Fact]
    public void Decay_of_weights_leaves_biases_alone()
    {
        var recipe = new Recipe(new AdamW(1e-30, WeightDecay: 1e28), new Constant(), 64, 1, Decay: DecayScope.Weights);
        var start = ModelFiles.Save(Store, Nets.Zoo(Mlp, seed: 4));

        var tuned = Run(Small() with { Model = null, Recipe = recipe }, start).Model;

        // Each of five steps multiplies by 1 − 1e-30·1e28.
        Floats(tuned, "fc1.bias").ShouldBe(Floats(start, "fc1.bias"));
        Floats(tuned, "fc1.weight").ShouldBe([.. Floats(start, "fc1.weight").Select(weight => weight * (float)Math.Pow(0.99, 5))], 1e-6f);
    }

    [Fact]
    public void A_clipped_step_is_as_long_as_the_rate_times_the_bound()
    {
        var start = ModelFiles.Save(Store, Nets.Zoo(Mlp, seed: 4));
        var recipe = new Recipe(new Sgd(1), new Constant(), 300, 1, ClipGradient: 0.01);

        var tuned = Run(Small() with { Model = null, Recipe = recipe }, start).Model;

        string[] names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"];
        var moved = names.Sum(name => Floats(tuned, name).Zip(Floats(start, name), (a, b) => ((double)a - b) * ((double)a - b)).Sum());
        Math.Sqrt(moved).ShouldBe(0.01, 1e-5);
    }

    [Fact]
    public void Attacked_in_training_mode_the_statistics_of_batch_norm_move_with_every_iterate()
    {
        using var network = Nets.Of(new Architecture([1, 28, 28], 10,
        [
            new Conv2d("conv", ["input"], 1, 4, 3, 2, 1, Bias: false),
            new BatchNorm2d("bn", ["conv"], 4),
            new Flatten("flatten", ["bn"]),
            new Linear("fc", ["flatten"], 4 * 14 * 14, 10, Bias: true),
        ]));
        using var examples = new ExampleTensors(Examples.Read(Sample.Location, Sample.Train(64)));
        long Batches(AttackMode? mode)
        {
            var before = network["bn.num_batches_tracked"].item<long>();
            var spec = Small() with { Adversary = Sample.Pgd2, Use = new AdversaryUse(Mode: mode) };
            using var trainer = new Trainer(network, examples, spec, batches: 1, attack: 2);
            trainer.Epoch(0, CancellationToken.None);
            return network["bn.num_batches_tracked"].item<long>() - before;
        }

        (Batches(null), Batches(AttackMode.Train)).ShouldBe((1, 3));
        network.Training.ShouldBeFalse();
    }

    [Fact]
    public void Augmented_training_hangs_on_a_seed_of_its_own()
    {
        string Weights(TrainSpec spec, ulong seed) => Run(spec, seeds: Seeds("augment", seed)).Model.Weights.Digest;
        var augmented = Small() with { Augment = new Augmentation(2, true) };

        string[] results = [Weights(augmented, 1), Weights(augmented, 2), Weights(Small(), 1)];

        results.Distinct().Count().ShouldBe(3);
        Weights(augmented, 1).ShouldBe(results[0]);
        Weights(Small(), 2).ShouldBe(results[2]);
        SeedPurposes.Of(augmented).ShouldBe([.. SeedPurposes.Of(Small()), SeedPurposes.Augment]);
    }

    [Fact]
    public void Fine_tuning_goes_on_from_its_input()
    {
        var start = ModelFiles.Save(Store, Nets.Zoo(Mlp, seed: 4));
        var idle = new Recipe(new Sgd(0), new Constant(), 64, 1);

        Run(Small() with { Model = null, Recipe = idle }, start).Model.ShouldBe(start);
    }

    [Fact]
    public void A_diverging_loss_is_recorded_as_null_and_ends_the_step()
    {
        var spec = Small() with { Recipe = new(new Sgd(1e30), new Constant(), 64, 3), Adversary = Sample.Pgd2 };

        Should.Throw<StepFailure>(() => Run(spec)).Code.ShouldBe("diverged");
        epochs.ShouldHaveSingleItem().Loss.ShouldBeNull();
    }

    [Fact]
    public void A_diverging_pruned_network_is_a_failed_step_too()
    {
        var spec = Small() with { Model = null, Recipe = new(new Sgd(1e30), new Constant(), 64, 3) };

        Should.Throw<StepFailure>(() => Run(spec, Pruned())).Code.ShouldBe("diverged");
    }

    [Fact]
    public void Integer_weights_are_not_trained()
    {
        Architecture integers = new([1, 28, 28], 10,
        [
            new Flatten("flatten", ["input"]),
            new Linear("fc1", ["flatten"], 784, 10, Bias: false, new WeightQuantization(8, Granularity.PerTensor)),
        ]);
        var model = ModelFiles.Save(Store, integers,
        [
            new("fc1.weight", TensorType.I8, [10, 784], new byte[7840]),
            new("fc1.weight_scale", TensorType.F32, [1], new byte[4]),
        ]);

        Should.Throw<StepFailure>(() => Run(Small() with { Model = null }, model)).Message.ShouldContain("fc1 has integer weights");
    }

    [Fact]
    public void A_network_for_other_images_is_not_trained_on_these()
    {
        var colour = Architectures.Build(Mlp with { Normalize = new([0, 0, 0], [1, 1, 1]) }, [3, 32, 32], 10);
        var model = ModelFiles.Save(Store, Nets.Of(colour));

        Should.Throw<StepFailure>(() => Run(Small() with { Model = null }, model)).Message.ShouldContain("the network takes 3×32×32");
    }

    [Fact]
    public void A_stop_is_heard_within_an_epoch()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Should.Throw<OperationCanceledException>(() => TrainStep.Run(Task(Small(), null, Seeds()), epochs.Add, stop.Token));
        epochs.ShouldBeEmpty();
    }

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

        epochs[3].WeightsDigest.ShouldBe(epochs[1].WeightsDigest);
    }

    private static readonly ExamplesSpec Held = new(Sample.Name, "train", null, new HoldOut(200, Seed: 3), Held: true);

    private static TrainSpec Small() => new(Mlp, Sample.Train(300), Sample.Adam(2), Adversary: null);

    /// <summary>Half of the first layer's weights zero, and its first four units zero altogether, bias included.</summary>
    private ModelRef Pruned()
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

    private TrainingCompleted Run(TrainSpec spec, ModelRef? model = null, Dictionary<string, ulong>? seeds = null) =>
        TrainStep.Run(Task(spec, model, seeds ?? Seeds()), epochs.Add, CancellationToken.None).Completion;

    private StepTask Task(TrainSpec spec, ModelRef? model, Dictionary<string, ulong> seeds)
    {
        var models = new Dictionary<string, ModelRef>(StringComparer.Ordinal);
        if (model is not null)
            models["model"] = model;
        return new StepTask("train", spec, models, seeds, new Dictionary<string, DataLocation>(StringComparer.Ordinal) { [Sample.Name] = Sample.Location }, folder, Threads: 1);
    }

    private static Dictionary<string, ulong> Seeds(string other = "", ulong value = 0)
    {
        var seeds = new Dictionary<string, ulong>(StringComparer.Ordinal) { [SeedPurposes.Weights] = 1, [SeedPurposes.Batches] = 2, [SeedPurposes.Attack] = 3 };
        if (other.Length > 0)
            seeds[other] = value;
        return seeds;
    }

    private float[] Floats(ModelRef model, string name) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(SafeTensors.Read(Store.ReadAll(ContentHash.Parse(model.Weights.Digest)))[name].Data.Span).ToArray();

    private double Accuracy(ModelRef model) => Accuracy(model, Sample.Test);

    private double ValidationAccuracy(ModelRef model) => Accuracy(model, Held);

    private double Accuracy(ModelRef model, ExamplesSpec of)
    {
        using var network = ModelFiles.Load(Store, model);
        using var examples = new ExampleTensors(Examples.Read(Sample.Location, of));
        using var off = no_grad();
        var batch = examples.Rows(0, examples.Count);
        return network.Forward(batch.Pixels).argmax(1).eq(batch.Labels).sum().item<long>() / (double)examples.Count;
    }
}
