using Ledger.Runner.Postgres;
using Npgsql;
using Shouldly;
using Xunit;
using static Ledger.Tests.Postgres.TemporaryLedger;

namespace Ledger.Tests.Postgres;

public sealed class IdleWatchTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(400);

    [Fact]
    public async Task A_server_that_nobody_uses_is_stopped_and_the_watch_ends()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await (await ledger.Use()).DisposeAsync();
        await IdleWatch.Watch(ledger.Folder, Moment, TimeProvider.System, Stop).WaitAsync(TimeSpan.FromSeconds(30), Stop);
        EmbeddedPostgres.Running(ledger.Folder).ShouldBeNull();
        using FileLock? free = FileLock.TryAcquire(ledger.Folder.WatchLock, LockKind.Exclusive);
        free.ShouldNotBeNull();
    }

    [Fact]
    public async Task Neither_while_a_command_holds_it_nor_while_a_psql_is_connected()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        EmbeddedPostgres postgres = await ledger.Use();
        Task watching = IdleWatch.Watch(ledger.Folder, Moment, TimeProvider.System, Stop);
        await Task.Delay(3 * Moment, Stop);
        watching.IsCompleted.ShouldBeFalse();

        await using NpgsqlConnection psql = new(postgres.ConnectionString + ";Pooling=false");
        await psql.OpenAsync(Stop);
        await postgres.DisposeAsync();
        await Task.Delay(3 * Moment, Stop);
        watching.IsCompleted.ShouldBeFalse();

        await psql.CloseAsync();
        await watching.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        EmbeddedPostgres.Running(ledger.Folder).ShouldBeNull();
    }

    [Fact]
    public async Task Idle_time_counts_from_the_end_of_the_last_use()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await (await ledger.Use()).DisposeAsync();
        Task watching = IdleWatch.Watch(ledger.Folder, 3 * Moment, TimeProvider.System, Stop);
        for (int use = 0; use < 6; use++)
        {
            await Task.Delay(Moment, Stop);
            await (await ledger.Use()).DisposeAsync();
        }

        watching.IsCompleted.ShouldBeFalse("each use was shorter than a look, and no pause as long as the idle time");
        await watching.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    [Fact]
    public async Task A_second_watch_ends_at_once()
    {
        await using TemporaryLedger ledger = new();
        using FileLock other = FileLock.TryAcquire(ledger.Folder.WatchLock, LockKind.Exclusive)!;
        await IdleWatch.Watch(ledger.Folder, TimeSpan.FromHours(1), TimeProvider.System, Stop).WaitAsync(TimeSpan.FromSeconds(5), Stop);
    }

    [Fact]
    public async Task Using_a_ledger_leaves_one_process_that_watches_in_a_session_of_its_own_and_stops_the_server()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        ledger.Settings = ledger.Settings with { Idle = TimeSpan.FromSeconds(3) };
        EmbeddedPostgres first = await ledger.Use();
        await Until(() => Watchers(ledger).Length == 1 && IsHeld(ledger.Folder.WatchLock), "the watching process");
        await (await ledger.Use()).DisposeAsync();
        int watcher = Watchers(ledger).ShouldHaveSingleItem();
        OtherCommandsTests.Processes().Single(p => p.Pid == watcher).Session.ShouldBe(watcher);

        await first.DisposeAsync();
        await Until(() => EmbeddedPostgres.Running(ledger.Folder) is null, "the server to be stopped");
        await Until(() => Watchers(ledger).Length == 0, "the watch to end");
        (await File.ReadAllTextAsync(ledger.Folder.WatchLog, Stop)).ShouldBeEmpty();
    }

    private static bool IsHeld(string path)
    {
        using FileLock? free = FileLock.TryAcquire(path, LockKind.Exclusive);
        return free is null;
    }

    private static int[] Watchers(TemporaryLedger ledger) =>
        [.. OtherCommandsTests.Processes().Select(p => p.Pid).Where(pid => ServerProcess.CommandLine(pid) is [.., IdleWatch.Verb, var folder, _] && folder == ledger.Working)];
}
