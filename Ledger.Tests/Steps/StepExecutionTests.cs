using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Training;
using Shouldly;
using TorchSharp;
using Xunit;

namespace Ledger.Tests.Steps;

/// <summary>Steps on a thread of their own, as in an executor: nothing around them holds their tensors.</summary>
public sealed class StepExecutionTests
{
    private static readonly Adversary Fgsm = new("fgsm", new Threat(Norm.L2, Exact.Parse("0.5"), Space.Pixel, true), new Fgsm());

    private static readonly Dictionary<string, StepSpec> Steps = new(StringComparer.Ordinal)
    {
        ["train"] = new TrainSpec(null, Sample.Train(64), Sample.Adam(1), Sample.Pgd2),
        ["compress"] = new CompressSpec(new PostTrainingQuantization(8, Granularity.PerChannel, 8, Sample.Train(64))),
        ["learn"] = new CompressSpec(new LearnedScores(Exact.Parse("0.5")), new TrainSpec(null, Sample.Train(64), Sample.Adam(1), null)),
        ["attack"] = new AttackStepSpec(Fgsm, StepSituation.Test(20)),
        ["measure"] = new MeasureSpec(["accuracy", "sparsity", "condition-number"], StepSituation.Test(20)),
    };

    public static TheoryData<string> Kinds() => [.. Steps.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_tensor_is_held_by_a_scope_from_its_making(string kind) =>
        (await Task.Factory.StartNew(() => CreatedOutside(kind), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ShouldBe(0);

    private static long CreatedOutside(string kind)
    {
        Determinism.Prepare(threads: 1);
        using var situation = new StepSituation();
        using var network = Nets.SmallCnn(width: 0.25);
        var task = situation.Task(Steps[kind], network) with { Seeds = new Dictionary<string, ulong> { [SeedPurposes.Batches] = 1, [SeedPurposes.Attack] = 2 } };
        var before = DisposeScopeManager.Statistics.TensorStatistics.CreatedOutsideScopeCount;
        StepExecution.Run(task, _ => { }, CancellationToken.None);
        return DisposeScopeManager.Statistics.TensorStatistics.CreatedOutsideScopeCount - before;
    }
}
