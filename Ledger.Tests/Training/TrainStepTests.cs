using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Training;

public sealed class TrainStepTests : TrainStepSituation
{
    [Fact]
    public void A_small_network_learns_the_sample()
    {
        var done = Run(new TrainSpec(Nets.SmallCnnSpec(), Sample.Train(null), Sample.Adam(2), Adversary: null));

        Accuracy(done.Model).ShouldBeGreaterThan(0.7);
        Epochs.Select(epoch => epoch.Epoch).ShouldBe([1, 2]);
        Epochs[1].Loss!.Value.ShouldBeLessThan(Epochs[0].Loss!.Value);
        Epochs[1].Accuracy.ShouldBeGreaterThan(Epochs[0].Accuracy);
        (done.Examples, done.Epochs, done.GradientEvaluations).ShouldBe((5000, 2, 10_000));
    }

    [Fact]
    public void The_last_digest_is_the_address_of_the_weights()
    {
        var done = Run(Small());

        Epochs[^1].WeightsDigest.ShouldBe(done.Model.Weights.Digest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_twice_gives_the_same_bits(bool adversarial)
    {
        var spec = Small() with { Adversary = adversarial ? Sample.Pgd2 : null };
        Run(spec);
        Run(spec);

        Epochs[2].WeightsDigest.ShouldBe(Epochs[0].WeightsDigest);
        Epochs[3].WeightsDigest.ShouldBe(Epochs[1].WeightsDigest);
        Epochs[1].WeightsDigest.ShouldNotBe(Epochs[0].WeightsDigest);
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

        Epochs[2].WeightsDigest.ShouldNotBe(Epochs[0].WeightsDigest);
    }

    [Fact]
    public void Adversarial_training_counts_the_attack_and_fits_worse()
    {
        Run(Small());
        var adversarial = Run(Small() with { Adversary = Sample.Pgd2 });

        adversarial.GradientEvaluations.ShouldBe(2 * 300 * 3);
        Epochs[3].Loss!.Value.ShouldBeGreaterThan(Epochs[1].Loss!.Value);
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
        Epochs.ShouldHaveSingleItem().Loss.ShouldBeNull();
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

        Should.Throw<OperationCanceledException>(() => TrainStep.Run(Task(Small(), null, Seeds()), Epochs.Add, stop.Token));
        Epochs.ShouldBeEmpty();
    }
}
