using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Attacks;

public class AttackStepTests : TorchTests
{
    private static readonly Adversary Weak = new("weak", new Threat(Norm.Linf, Exact.Parse("16/255"), Space.Pixel, Clip: true), new Fgsm());

    [Fact]
    public async Task Records_an_outcome_for_each_example_and_their_counts()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();

        var (completed, flags) = AttackStep.Run(situation.Task(new AttackStepSpec(Weak, StepSituation.Test(130)), network), TestContext.Current.CancellationToken);

        var outcomes = await Outcomes.ReadAsync(new MemoryStream(situation.Store.ReadAll(ContentHash.Parse(completed.Outcomes.Digest))));
        outcomes.Select(outcome => outcome.ExampleIndex).ShouldBe(Enumerable.Range(0, 130));
        var counts = OutcomeCounts.Of(outcomes.ToList());
        (counts.Examples, counts.Correct, counts.Attacked, counts.Broken).ShouldBe((completed.Examples, completed.Correct, completed.Correct, completed.Broken));
        counts.Correct.ShouldBeInRange(70, 115);
        counts.Broken.ShouldBeInRange(5, counts.Correct - 5);
        outcomes.Where(outcome => outcome.Broken).ShouldAllBe(outcome => outcome.AdversarialPrediction != outcome.Label && outcome.BrokenBy == "fgsm" && outcome.BrokenAtStep == 1);
        completed.ExamplesDigest.ShouldBe(Examples.Read(StepSituation.Sample, StepSituation.Test(130)).Digest().ToString());
        (completed.Gradient, completed.GradientEvaluations, completed.EpsFloatBits).ShouldBe(("exact", completed.Correct, Exact.Parse("16/255").FloatBits));
        completed.MaxDistance.ShouldBe(16 / 255.0, 1e-6);
        flags.ShouldBeEmpty();
    }

    [Fact]
    public void The_same_task_gives_the_same_bytes_and_another_seed_others()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var spec = new AttackStepSpec(Weak with { Attack = new Pgd(3, StepSize.Parse("eps/2"), Start.Random) }, StepSituation.Test(60));
        var model = ModelFiles.Save(situation.Store, network);

        ArtifactRef Outcomes(ulong seed) => AttackStep.Run(situation.Task(spec, model, seed), TestContext.Current.CancellationToken).Completion.Outcomes;

        Outcomes(1).ShouldBe(Outcomes(1));
        Outcomes(1).ShouldNotBe(Outcomes(2));
    }

    [Fact]
    public async Task An_ensemble_is_recorded_part_by_part_and_its_points_are_kept()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var attack = new Ensemble([new Fgsm(), new Transfer(new Fgsm()), new ApgdT(5, Targets: 2), new Square(20)]);
        var task = situation.Task(new AttackStepSpec(Weak with { Attack = attack }, StepSituation.Test(60), KeepExamples: true), network);
        task = task with { Models = new Dictionary<string, ModelRef> { ["model"] = task.Models["model"], ["parent"] = task.Models["model"] } };

        var (completed, _) = AttackStep.Run(task, TestContext.Current.CancellationToken);

        completed.Parts!.Select(part => part.Attack).ShouldBe(["fgsm", "transfer-fgsm", "apgd-t", "square"]);
        completed.Parts!.Select(part => part.Attacked).ShouldBe([completed.Correct, 0, completed.Correct - completed.Parts![0].Broken, completed.Correct - completed.Parts![0].Broken - completed.Parts![2].Broken]);
        (completed.Parts!.Sum(part => part.Broken), completed.StepSize).ShouldBe((completed.Broken, 0));
        completed.ForwardEvaluations.ShouldBe(60 + completed.Parts!.Sum(part => part.ForwardEvaluations));

        var outcomes = await Outcomes.ReadAsync(new MemoryStream(situation.Store.ReadAll(ContentHash.Parse(completed.Outcomes.Digest))));
        var kept = SafeTensors.Read(situation.Store.ReadAll(ContentHash.Parse(completed.Perturbed!.Digest))).Tensors.Single(tensor => tensor.Name == "pixels");
        kept.Shape.ShouldBe([60, 1, 28, 28]);
        var predicted = network.Forward(TensorBytes.ToTensor(kept)).argmax(1).data<long>().ToArray().Zip(outcomes).ToList();
        predicted.Where(pair => pair.Second.Correct).ShouldAllBe(pair => pair.First == pair.Second.AdversarialPrediction);
        // Examples that are wrong already have a point of their own, at which they stay wrong.
        predicted.Where(pair => !pair.Second.Correct).ShouldAllBe(pair => pair.First != pair.Second.Label);
        outcomes.Where(outcome => outcome.Broken).Select(outcome => outcome.BrokenBy).Distinct().ShouldBeSubsetOf(["fgsm", "apgd-t", "square"]);
    }

    [Fact]
    public void Nothing_stands_under_a_radius_at_which_every_image_may_become_grey()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var unbounded = new Adversary("unbounded", Weak.Threat with { Eps = Exact.Parse("0.5") }, new ApgdCe(10));

        var (completed, flags) = AttackStep.Run(situation.Task(new AttackStepSpec(unbounded, StepSituation.Test(40)), network), TestContext.Current.CancellationToken);

        completed.Broken.ShouldBe(completed.Correct);
        completed.MaxDistance.ShouldBeLessThanOrEqualTo(0.5 + 1e-6);
        flags.ShouldBeEmpty();
    }

    [Fact]
    public void Examples_of_another_shape_are_refused()
    {
        using var situation = new StepSituation();
        using var network = Nets.Of(Architectures.Build(Nets.SmallCnnSpec(0.25) with { Normalize = new([0, 0, 0], [1, 1, 1]) }, [3, 32, 32], 10));

        Should.Throw<StepFailure>(() => AttackStep.Run(situation.Task(new AttackStepSpec(Weak, StepSituation.Test(5)), network), TestContext.Current.CancellationToken))
            .Message.ShouldBe("the examples are 1×28×28 with 10 classes; the network takes 3×32×32 and knows 10");
    }

    [Fact]
    public void Stops_when_asked_to()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();

        Should.Throw<OperationCanceledException>(() => AttackStep.Run(situation.Task(new AttackStepSpec(Weak, StepSituation.Test(5)), network), new CancellationToken(true)));
    }
}
