using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Runner.Training.Checkpoints;
using Ledger.Tests.Models;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Training;

/// <summary>A training that goes on from a checkpoint gives the bits of one that never stopped.</summary>
public sealed class ResumedTrainingTests : TrainStepSituation
{
    private const int LongEnough = 4;

    private static readonly Dictionary<string, TrainSpec> Variants = new(StringComparer.Ordinal)
    {
        ["sgd"] = With(new Sgd(0.05), null),
        ["momentum, weight decay"] = With(new Sgd(0.05, 0.9, Nesterov: true, WeightDecay: 1e-3), null),
        ["adam, cosine, average, clipped"] = Small() with { Recipe = Sample.Adam(LongEnough) with { Schedule = new Cosine(), Ema = 0.9, ClipGradient = 0.5 } },
        ["adamw, adversarial, augmented"] = With(new AdamW(1e-3, WeightDecay: 0.1), null) with { Adversary = Sample.Pgd2, Augment = new Augmentation(2, true) },
        ["trades"] = With(new Adam(1e-3), null) with { Recipe = Sample.Adam(LongEnough) with { Loss = new Trades(6, Sample.Pgd2) } },
        ["best epoch, early stop"] = Small() with
        {
            Recipe = Sample.Adam(LongEnough) with { Schedule = new MultiStep([2], 1000), Keep = ValidationFigure.Accuracy, Stop = new EarlyStop(2, ValidationFigure.Accuracy, 0) },
            Validation = Held,
        },
        ["gates and condition numbers"] = Small() with
        {
            Model = Nets.SmallCnnSpec(width: 0.25),
            Recipe = Sample.Adam(LongEnough),
            Regularizers = [new TransformedSparsity(1e-3), new ConditionNumber(1e-3, ConditionForm.LogRatio)],
        },
        ["held norms"] = With(new Sgd(0.05, 0.9), new Renormalization(null, 2, ["fc1"])),
    };

    public static TheoryData<string, int> Stops => [.. Variants.Keys.SelectMany(name => new[] { (name, 1), (name, 2) })];

    [Theory]
    [MemberData(nameof(Stops))]
    public void It_comes_out_the_same_wherever_it_was_stopped(string variant, int epoch)
    {
        var whole = Run(Variants[variant]);
        var expected = Epochs.ToList();
        Epochs.Clear();

        var resumed = StoppedAfter(epoch, Variants[variant]);

        Epochs.Select(Computed).ShouldBe(expected.Select(Computed));
        (resumed with { Seconds = 0 }).ShouldBe(whole with { Seconds = 0 });
    }

    [Fact]
    public void Pruned_weights_stay_zero_over_a_stop()
    {
        var model = Pruned();
        var spec = With(new Sgd(0.1, 0.9), null) with { Model = null };
        var whole = Run(spec, model);

        StoppedAfter(2, spec, model).Model.ShouldBe(whole.Model);
    }

    [Fact]
    public void A_checkpoint_that_was_changed_is_refused()
    {
        var place = new CheckpointPlace(Folder(), 0);
        Interrupt(2, Small() with { Recipe = Sample.Adam(LongEnough) }, null, place);
        var newest = CheckpointFile.In(place.Folder)[0];
        newest.Epoch.ShouldBe(2);
        var bytes = File.ReadAllBytes(newest.Path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(newest.Path, bytes);

        Should.Throw<StepFailure>(() => Train(Small() with { Recipe = Sample.Adam(LongEnough) }, null, place with { ResumeFrom = 2 }, CancellationToken.None)).Code.ShouldBe("checkpoint");
    }

    [Fact]
    public void The_newest_are_kept_back_to_one_that_is_sure_to_be_recorded_and_a_long_pause_writes_none()
    {
        var place = new CheckpointPlace(Folder(), 0);
        Interrupt(7, Small() with { Recipe = Sample.Adam(8) }, null, place);
        CheckpointFile.In(place.Folder).Select(file => file.Epoch).ShouldBe([7, 6, 5, 4, 3]);

        var rare = new CheckpointPlace(Folder(), 3600);
        Interrupt(3, Small() with { Recipe = Sample.Adam(LongEnough) }, null, rare);
        CheckpointFile.In(rare.Folder).ShouldBeEmpty();
    }

    private static TrainSpec With(OptimizerSpec optimizer, Renormalization? norms) =>
        Small() with { Recipe = new Recipe(optimizer, new Constant(), 64, LongEnough, Renormalize: norms) };

    private static EpochCompleted Computed(EpochCompleted epoch) => epoch with { Seconds = 0, Terms = null };

    private string Folder() => Path.Combine(Store.Folder, Path.GetRandomFileName());

    private TrainingCompleted StoppedAfter(int epoch, TrainSpec spec, Domain.Models.ModelRef? model = null)
    {
        var place = new CheckpointPlace(Folder(), 0);
        Interrupt(epoch, spec, model, place);
        return Train(spec, model, place with { ResumeFrom = epoch }, CancellationToken.None);
    }

    private void Interrupt(int epoch, TrainSpec spec, Domain.Models.ModelRef? model, CheckpointPlace place)
    {
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Train(spec, model, place, stop.Token, seen =>
        {
            if (seen.Epoch == epoch)
                stop.Cancel();
        }));
    }

    private TrainingCompleted Train(TrainSpec spec, Domain.Models.ModelRef? model, CheckpointPlace place, CancellationToken stop, Action<EpochCompleted>? see = null) => TrainStep.Run(
        Task(spec, model, AllSeeds) with { Checkpoints = place },
        epoch =>
        {
            Epochs.Add(epoch);
            see?.Invoke(epoch);
        },
        stop).Completion;

    private static Dictionary<string, ulong> AllSeeds => new(Seeds(SeedPurposes.Gates, 4), StringComparer.Ordinal) { [SeedPurposes.Augment] = 5 };

    private TrainingCompleted Run(TrainSpec spec) => Run(spec, null, AllSeeds);
}
