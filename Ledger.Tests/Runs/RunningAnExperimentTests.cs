using Ledger.Domain.Runs;
using Ledger.Runner.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Runs;

/// <summary>The main job on a tiny experiment.</summary>
public sealed class RunningAnExperimentTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TinyExperiment tiny = null!;

    public async ValueTask InitializeAsync() => tiny = await TinyExperiment.New(postgres);

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task An_experiment_runs_once_shares_what_is_equal_and_then_has_nothing_to_do()
    {
        var report = await tiny.Run();
        report.Done.Select(run => run.Status).ShouldBe([RunStatus.Completed, RunStatus.Completed]);
        report.Done.Count(run => run.Steps["base"].Status == StepStatus.Done).ShouldBe(1);
        report.Done.Count(run => run.Steps["base"].Status == StepStatus.Reused).ShouldBe(1);

        (await tiny.Run()).NothingToDo.ShouldBeTrue();
    }

    [Fact]
    public async Task Every_plan_has_its_position_before_the_first_step_begins()
    {
        await tiny.Run();
        var types = await tiny.Types();
        types.LastIndexOf("run.planned.v1").ShouldBeLessThan(types.IndexOf("run.step_started.v1"));
        types.Count(type => type == "run.completed.v1").ShouldBe(2);
    }

    [Fact]
    public async Task Again_computes_the_same_bits_in_new_runs()
    {
        var first = await tiny.Run();
        var second = await tiny.Run(again: true);
        second.Done.ShouldAllBe(run => run.Steps.Values.All(step => step.Status == StepStatus.Done));
        Weights(second).ShouldBe(Weights(first));
    }

    [Fact]
    public async Task A_run_that_was_interrupted_goes_on_with_what_is_left()
    {
        using var interrupt = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => tiny.Run(stop: interrupt, until: "type = 'run.step_started.v1' and data->>'step' = 'base'"));
        (await tiny.Types()).ShouldContain("run.paused.v1");

        var report = await tiny.Run();
        report.Done.ShouldAllBe(run => run.Status == RunStatus.Completed);
        report.Done.ShouldContain(run => run.Attempt == 2);
        (await tiny.Types()).Count(type => type == "run.planned.v1").ShouldBe(2);
    }

    [Fact]
    public async Task A_changed_file_is_refused_until_someone_says_why_it_changed()
    {
        await tiny.Run();
        var changed = TinyExperiment.Yaml.Replace("epochs: 2", "epochs: 1", StringComparison.Ordinal);
        (await Should.ThrowAsync<Domain.Refused>(() => tiny.Run(changed))).Code.ShouldBe("spec-changed");
        (await tiny.Run(changed, amend: "fewer epochs")).Done.Count.ShouldBe(2);

        await tiny.Run(amend: "two after all");
        (await tiny.Types()).Count(type => type == "experiment.amended.v1").ShouldBe(2);
    }

    private static string[] Weights(RunReport report) =>
        [.. report.Done.SelectMany(run => run.Steps.Values).Select(step => step.Completion).OfType<TrainingCompleted>().Select(done => done.Model.Weights.Digest).Distinct()];
}
