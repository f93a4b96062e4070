using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
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
