using Ledger.Domain.Artifacts;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Bench.Kills;
using Ledger.Runner.Postgres;
using Ledger.Tests.Postgres;
using Ledger.Tests.Runs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>A Postgres that goes away while runs are carried out: they wait for it a few seconds, and no longer.</summary>
public sealed class RestartedPostgresTests
{
    private static readonly string Long = TinyExperiment.Yaml.Replace("epochs: 2", "epochs: 80", StringComparison.Ordinal);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_it_comes_back_the_runs_go_on_and_nothing_is_there_twice()
    {
        await using var ledger = await new TemporaryLedger().WithCluster();
        await using var postgres = await ledger.Use();
        await using var tiny = await TinyExperiment.On(postgres.ConnectionString);
        var running = tiny.Run(Long);
        await FirstEpoch(postgres);

        await EmbeddedPostgres.StopServer(ledger.Folder, Stop);
        await using var again = await ledger.Use();

        (await running).Done.ShouldAllBe(run => run.Status == RunStatus.Completed && run.Attempt == 1);
        await NothingIsLost(tiny);
    }

    [Fact]
    public async Task When_it_does_not_the_runs_stop_with_a_message_and_can_be_resumed()
    {
        await using var ledger = await new TemporaryLedger().WithCluster();
        await using var postgres = await ledger.Use();
        await using var tiny = await TinyExperiment.On(postgres.ConnectionString);
        var running = tiny.Run(Long);
        await FirstEpoch(postgres);

        TemporaryLedger.KillNow(ledger.ServerPid);

        (await Should.ThrowAsync<Unavailable>(running)).Message.ShouldContain("What was acknowledged is safe.");
        await using var again = await ledger.Use();
        (await tiny.Run(Long)).Done.ShouldAllBe(run => run.Status == RunStatus.Completed);
        await NothingIsLost(tiny);
    }

    private static Task FirstEpoch(EmbeddedPostgres postgres) => Task.Run(
        async () =>
        {
            while (!await TemporaryLedger.Ask<bool>(postgres, "select exists (select from ledger.mt_events where type = 'run.epoch_completed.v1')"))
                await Task.Delay(20, Stop);
        },
        Stop);

    private static async Task NothingIsLost(TinyExperiment tiny)
    {
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        (await LedgerProof.Faults(store, new ArtifactStore(tiny.Home.ArtifactFolder), Stop)).ShouldBeEmpty();
    }
}
