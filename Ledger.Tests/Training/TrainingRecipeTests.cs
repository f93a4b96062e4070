using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Training;

/// <summary>What recipes and the ways of using data and adversaries do to a training.</summary>
public sealed class TrainingRecipeTests : TrainStepSituation
{
    [Fact]
    public void The_epoch_best_on_validation_examples_is_kept()
    {
        // The rate of the second half throws the network far off, so that the best epoch is not the last.
        var recipe = Sample.Adam(4) with { Schedule = new MultiStep([2], 1000), Keep = ValidationFigure.Accuracy };

        var done = Run(Small() with { Recipe = recipe, Validation = Held });

        var best = Epochs.MaxBy(epoch => epoch.ValidationAccuracy)!;
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

        (done.Epochs, done.KeptEpoch, Epochs.Count).ShouldBe((4, null, 4));
        Epochs.Select(epoch => epoch.ValidationLoss).Distinct().Count().ShouldBe(1);
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
}
