using System.Diagnostics;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Runner.Bench.Kills;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>What goes wrong in one run or around it, and what the others and a replay make of it.</summary>
public sealed class RunsUnderFaultsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TinyExperiment tiny = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => tiny = await TinyExperiment.New(postgres);

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task An_executor_that_is_killed_fails_its_run_and_the_others_go_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "finds the executor in /proc");
        var running = tiny.Run(TinyExperiment.Yaml.Replace("epochs: 2", "epochs: 100", StringComparison.Ordinal));
        await Seen("type = 'run.epoch_completed.v1'");
        // The one with a training in it is the one that has worked longest.
        Executors().MaxBy(process => process.TotalProcessorTime)!.Kill();

        var report = await running;

        report.Done.Select(run => run.Status).Order().ShouldBe([RunStatus.Completed, RunStatus.Failed]);
        var failed = report.Done.Single(run => run.Status == RunStatus.Failed);
        failed.Steps["base"].Failure!.Code.ShouldBe(FailureCodes.Killed);
        failed.Steps.Values.Skip(1).ShouldAllBe(step => step.Failure!.Code == FailureCodes.InputFailed);
    }

    [Fact]
    public async Task A_loss_that_is_not_finite_is_recorded_as_such_and_the_others_go_on()
    {
        const string Wild =
            """
              base:
                calm: {lr: 1e-3}
                wild: {lr: 1000}
            """;
        var yaml = TinyExperiment.Yaml
            .Replace("adam: {lr: 1e-3}}, batch: 64", "sgd: {lr: $base.lr}}, batch: 8", StringComparison.Ordinal)
            .Replace("matrix:", $"matrix:\n{Wild}", StringComparison.Ordinal);

        var report = await tiny.Run(yaml);

        report.Done.ShouldAllBe(run => run.Status == (run.Plan.Point["base"] == "calm" ? RunStatus.Completed : RunStatus.Failed));
        var diverged = report.Done.Where(run => run.Status == RunStatus.Failed).Select(run => run.Steps["base"]).ToList();
        diverged.Count.ShouldBe(2);
        diverged.ShouldAllBe(step => step.Failure!.Code == FailureCodes.Diverged && step.Epochs == 1);
        var streams = report.Done.Where(run => run.Status == RunStatus.Failed).Select(run => run.Stream).ToArray();
        (await Scalar<bool>("select bool_and(not data ? 'loss') from ledger.mt_events where type = 'run.epoch_completed.v1' and stream_id = any($1)", (object)streams)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_replay_takes_its_plan_from_the_events_whatever_the_file_says_by_then()
    {
        var run = (await tiny.Run()).Done[0];
        await tiny.Write(TinyExperiment.Yaml.Replace("epochs: 2", "epochs: 1", StringComparison.Ordinal).Replace("hidden: [16]", "hidden: [8]", StringComparison.Ordinal));

        var replay = (await tiny.Replay([run.Run])).Replays.Single();

        replay.Verdict.ShouldBe(ReplayVerdict.Identical, string.Join('\n', replay.Replay.Steps.Values.Select(step => step.Compared)));
        replay.Replay.Plan.SpecDigest.ShouldBe(run.Plan.SpecDigest);
        replay.Replay.Plan.Steps.Select(Config).ShouldBe(run.Plan.Steps.Select(Config));
    }

    private static string Config(PlannedStep step) => CanonicalJson.Digest("config", step.Config).ToString();

    /// <summary>Other tests have executors too; those of this ledger are told by where their crash reports go.</summary>
    private IEnumerable<Process> Executors() => Victims.Executors(Environment.ProcessId)
        .Where(process => File.ReadAllText($"/proc/{process}/environ").Contains(tiny.Folder, StringComparison.Ordinal))
        .Select(Process.GetProcessById);

    private async Task Seen(string condition)
    {
        while (!await Scalar<bool>($"select exists (select from ledger.mt_events where {condition})"))
            await Task.Delay(20, Stop);
    }

    private async Task<T> Scalar<T>(string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(tiny.Connection + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }
}
