using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class AdvanceTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>, IAsyncLifetime
{
    private readonly string _run = LedgerDatabase.New("run");
    private readonly string _other = LedgerDatabase.New("run");
    private long _before;

    public async ValueTask InitializeAsync() => _before = await ledger.Store.Advance(LedgerDatabase.Stop);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Committed_events_get_the_next_positions_in_order()
    {
        await ledger.Append(_run, 0, "a", new Paused("one"), new Paused("two"));
        (await ledger.Store.Advance(LedgerDatabase.Stop)).ShouldBe(_before + 2);
        await ledger.Append(_other, 0, "a", new Paused("three"));
        (await ledger.Store.Advance(LedgerDatabase.Stop)).ShouldBe(_before + 3);

        (await ledger.Column<string>($"select stream || ' ' || version || ' ' || type from ledger_log.log where position > {_before} order by position"))
            .ShouldBe([$"{_run} 1 run.paused.v1", $"{_run} 2 run.paused.v1", $"{_other} 1 run.paused.v1"]);
        await ShouldBeGaplessAndComplete();
    }

    [Fact]
    public async Task With_nothing_new_it_returns_the_head_and_writes_nothing()
    {
        await using var connection = await ledger.Store.Source.OpenConnectionAsync(LedgerDatabase.Stop);
        await using var transaction = await connection.BeginTransactionAsync(LedgerDatabase.Stop);
        await using var command = new NpgsqlCommand("select ledger_log.advance(), pg_current_xact_id_if_assigned()", connection);
        await using var row = await command.ExecuteReaderAsync(LedgerDatabase.Stop);
        await row.ReadAsync(LedgerDatabase.Stop);

        row.GetInt64(0).ShouldBe(_before);
        row.IsDBNull(1).ShouldBeTrue();
    }

    [Fact]
    public async Task An_event_committed_late_under_an_early_number_gets_a_later_position()
    {
        await using (var slow = await ledger.Store.Source.OpenConnectionAsync(LedgerDatabase.Stop))
        await using (var transaction = await slow.BeginTransactionAsync(LedgerDatabase.Stop))
        {
            await InsertByHand(slow, _run);
            await ledger.Append(_other, 0, "a", new Paused("fast"));
            (await ledger.Store.Advance(LedgerDatabase.Stop)).ShouldBe(_before + 1);
            await transaction.CommitAsync(LedgerDatabase.Stop);
        }

        (await ledger.Store.Advance(LedgerDatabase.Stop)).ShouldBe(_before + 2);
        (await ledger.Column<string>($"select stream from ledger_log.log where position > {_before} order by position"))
            .ShouldBe([_other, _run]);
        (await ledger.Column<string>($"select stream_id from ledger.mt_events where stream_id in ('{_run}', '{_other}') order by seq_id"))
            .ShouldBe([_run, _other]);
        await ShouldBeGaplessAndComplete();
    }

    [Fact]
    public async Task Numbers_rolled_back_leave_a_hole_but_no_gap_in_positions()
    {
        long holes = await ledger.Scalar<long>("select count(*) from ledger_log.holes");
        await ledger.Scalar<long>("select nextval('ledger.mt_events_sequence') + 0 * nextval('ledger.mt_events_sequence')");
        await ledger.Append(_run, 0, "a", new Paused("one"));
        (await ledger.Store.Advance(LedgerDatabase.Stop)).ShouldBe(_before + 1);

        (await ledger.Scalar<long>("select count(*) from ledger_log.holes")).ShouldBe(holes + 2);
        await ShouldBeGaplessAndComplete();
    }

    [Fact]
    public async Task Four_writers_and_constant_advances_miss_nothing_and_keep_each_streams_order()
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(LedgerDatabase.Stop);
        var advancing = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await ledger.Store.Advance(LedgerDatabase.Stop);
                    await Task.Delay(5, LedgerDatabase.Stop);
                }
            },
            LedgerDatabase.Stop);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (int i = 0; i < 40; i++)
            {
                await ledger.Append($"run/{writer}", 2 * i, $"{i}", new Paused($"{i}"), new Paused($"{i}"));
                if (i % 4 == 0)
                    await ledger.AppendShared("review/all", $"{writer}/{i}", new Annotated($"{writer}/{i}"));
            }
        }));
        await done.CancelAsync();
        await advancing;

        (await ledger.Store.Advance(LedgerDatabase.Stop)).ShouldBe(_before + (4 * 40 * 2) + 40);
        await ShouldBeGaplessAndComplete();
    }

    [Fact]
    public async Task Recorded_times_never_run_backwards()
    {
        for (int i = 0; i < 5; i++)
        {
            await ledger.Append(_run, i, $"{i}", new Paused("x"));
            await ledger.Store.Advance(LedgerDatabase.Stop);
        }

        var times = await ledger.Column<DateTime>("select recorded_at from ledger_log.log order by position");
        times.ShouldBe(times.Order());
    }

    [Fact]
    public async Task Listeners_hear_the_new_head_once()
    {
        await using var listener = new NpgsqlConnection(ledger.ConnectionString);
        await listener.OpenAsync(LedgerDatabase.Stop);
        var heard = new List<string>();
        listener.Notification += (_, e) => heard.Add(e.Payload);
        await using (var listen = new NpgsqlCommand("listen ledger", listener))
            await listen.ExecuteNonQueryAsync(LedgerDatabase.Stop);

        await ledger.Append(_run, 0, "a", new Paused("x"), new Paused("y"));
        long head = await ledger.Store.Advance(LedgerDatabase.Stop);
        await ledger.Store.Advance(LedgerDatabase.Stop);
        await listener.WaitAsync(TimeSpan.FromSeconds(5), LedgerDatabase.Stop);
        await listener.WaitAsync(TimeSpan.FromMilliseconds(50), LedgerDatabase.Stop);

        heard.ShouldBe([$"{head}"]);
    }

    [Fact]
    public async Task A_transaction_that_cannot_see_later_commits_is_turned_away()
    {
        var refused = await Should.ThrowAsync<PostgresException>(() =>
            ledger.Execute("begin isolation level repeatable read; select ledger_log.advance(); commit"));

        refused.SqlState.ShouldBe(PostgresErrorCodes.InvalidTransactionState);
    }

    private static async Task InsertByHand(NpgsqlConnection connection, string stream)
    {
        await using var command = new NpgsqlCommand(
            $$"""
            insert into ledger.mt_streams (id, version) values ('{{stream}}', 1);
            insert into ledger.mt_events (seq_id, id, stream_id, version, data, type)
            values (nextval('ledger.mt_events_sequence'), gen_random_uuid(), '{{stream}}', 1, '{"reason":"slow"}', 'run.paused.v1')
            """,
            connection);
        await command.ExecuteNonQueryAsync(LedgerDatabase.Stop);
    }

    private async Task ShouldBeGaplessAndComplete()
    {
        (await ledger.Scalar<bool>("select count(*) = max(position) and min(position) = 1 from ledger_log.log")).ShouldBeTrue();
        (await ledger.Scalar<long>(
            """
            select count(*) from ledger.mt_events e full join ledger_log.log l
                on (l.seq_id, l.event_id, l.stream, l.version, l.type) = (e.seq_id, e.id, e.stream_id, e.version, e.type)
            where e.seq_id is null or l.seq_id is null
            """)).ShouldBe(0);
        (await ledger.Scalar<long>(
            """
            select count(*) from (select version, row_number() over (partition by stream order by position) as place from ledger_log.log) l
            where version <> place
            """)).ShouldBe(0);
    }
}
