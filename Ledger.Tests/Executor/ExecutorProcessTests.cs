using System.Diagnostics;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Executor;
using Ledger.Runner.Steps;
using Ledger.Tests.Training;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Executor;

/// <summary>Real child processes, as <c>ledger run</c> starts them.</summary>
public sealed class ExecutorProcessTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly ModelSpec Mlp = new("mlp", [16], 1, Bias: true, new Normalization([0.286], [0.353]));

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-executor-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_child_computes_has_the_bits_of_the_same_step_in_another_child()
    {
        var first = await Train(epochs: 2);
        var second = await Train(epochs: 2);
        first.ShouldBeOfType<Done>().Completion.ShouldBeOfType<TrainingCompleted>().Model
            .ShouldBe(second.ShouldBeOfType<Done>().Completion.ShouldBeOfType<TrainingCompleted>().Model);
    }

    [Fact]
    public async Task A_child_that_is_killed_is_a_failed_step_and_not_an_exception()
    {
        await using var executor = await Start();
        var result = await executor.Run(Training(epochs: 10_000), _ => Kill(executor), Long, Stop);
        result.ShouldBeOfType<NotDone>().Code.ShouldBe(FailureCodes.Killed);
        executor.Usable.ShouldBeFalse();
    }

    [Fact]
    public async Task A_step_past_its_limit_is_killed()
    {
        await using var executor = await Start();
        var result = await executor.Run(Training(epochs: 10_000), _ => Task.CompletedTask, TimeSpan.FromSeconds(3), Stop);
        result.ShouldBeOfType<NotDone>().Code.ShouldBe(FailureCodes.Timeout);
    }

    [Fact]
    public async Task A_child_whose_epoch_could_not_be_recorded_is_not_lent_again_while_it_computes_on()
    {
        await using var executor = await Start();
        await Should.ThrowAsync<IOException>(() => executor.Run(Training(epochs: 10_000), _ => throw new IOException("the ledger is gone"), Long, Stop));
        executor.Usable.ShouldBeFalse();
    }

    [Fact]
    public async Task A_step_that_cannot_be_done_leaves_its_executor_usable()
    {
        await using var executor = await Start();
        var missing = new ModelRef(new ArtifactRef(new string('a', 64), 1), new ArtifactRef(new string('b', 64), 1));
        var spec = new TrainSpec(null, Sample.Train(64), Sample.Adam(1), null);
        var result = await executor.Run(Training(1) with { Spec = spec, Models = new Dictionary<string, ModelRef> { ["model"] = missing } }, _ => Task.CompletedTask, Long, Stop);
        result.ShouldBeOfType<NotDone>().Message.ShouldContain(new string('a', 64));
        (await executor.Run(Training(1), _ => Task.CompletedTask, Long, Stop)).ShouldBeOfType<Done>();
    }

    [Fact]
    public async Task A_loss_that_is_not_finite_fails_the_step_as_diverged()
    {
        await using var executor = await Start();
        var epochs = new List<EpochCompleted>();
        var spec = new TrainSpec(Mlp, Sample.Train(64), new Recipe(new Sgd(1e30), new Constant(), 32, 3), null);
        var result = await executor.Run(Training(1) with { Spec = spec }, epoch => Note(epochs, epoch), Long, Stop);
        result.ShouldBeOfType<NotDone>().Code.ShouldBe(FailureCodes.Diverged);
        epochs.ShouldHaveSingleItem().Loss.ShouldBeNull();
    }

    [Fact]
    public async Task A_child_cannot_reach_the_database_and_goes_first_when_memory_runs_out()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("looks into /proc");
        await using var executor = await Start();
        var variables = (await File.ReadAllTextAsync($"/proc/{executor.Id}/environ", Stop)).Split('\0').Select(line => line.Split('=')[0]).ToList();
        variables.ShouldNotContain("LEDGER_POSTGRES");
        variables.ShouldContain("OMP_NUM_THREADS");
        (await File.ReadAllTextAsync($"/proc/{executor.Id}/oom_score_adj", Stop)).Trim().ShouldBe("1000");
        executor.Environment.Class.Threads.ShouldBe(1);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<FromExecutor> Train(int epochs)
    {
        await using var executor = await Start();
        return await executor.Run(Training(epochs), _ => Task.CompletedTask, Long, Stop);
    }

    private Task<ExecutorProcess> Start() => ExecutorProcess.Start(new ExecutorSettings(1), Path.Combine(folder, "executor.log"), Stop);

    private StepTask Training(int epochs) => Sample.Training(folder, epochs);

    private static Task Note(List<EpochCompleted> epochs, EpochCompleted epoch)
    {
        epochs.Add(epoch);
        return Task.CompletedTask;
    }

    private static Task Kill(ExecutorProcess executor)
    {
        if (executor.Usable)
            Process.GetProcessById(executor.Id).Kill();
        return Task.CompletedTask;
    }
}
