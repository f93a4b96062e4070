using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class RoleTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>, IAsyncLifetime
{
    private const string Denied = PostgresErrorCodes.InsufficientPrivilege;

    public async ValueTask InitializeAsync()
    {
        await Migrate.Roles(ledger.Store.Source, LedgerDatabase.Stop);
        await Migrate.Roles(ledger.Store.Source, LedgerDatabase.Stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_writer_appends_and_gives_positions()
    {
        await using var writer = As("ledger_writer");
        string run = LedgerDatabase.New("run");
        string review = LedgerDatabase.New("review");

        await writer.Append(run, 0, "a", [new Paused("one")], LedgerDatabase.Someone, LedgerDatabase.Stop);
        await writer.Append(run, 1, "b", [new Paused("two")], LedgerDatabase.Someone, LedgerDatabase.Stop);
        await writer.AppendShared(review, "a", [new Annotated("one")], LedgerDatabase.Someone, LedgerDatabase.Stop);
        await writer.AppendShared(review, "b", [new Annotated("two")], LedgerDatabase.Someone, LedgerDatabase.Stop);
        long before = await ledger.Store.Advance(LedgerDatabase.Stop);

        (await writer.Advance(LedgerDatabase.Stop)).ShouldBe(before);
        (await writer.Read(run, stop: LedgerDatabase.Stop)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("ledger_writer", "update ledger.mt_events set data = '{}'")]
    [InlineData("ledger_writer", "delete from ledger.mt_events")]
    [InlineData("ledger_writer", "truncate ledger.mt_events")]
    [InlineData("ledger_writer", "alter table ledger.mt_events disable trigger only_grows")]
    [InlineData("ledger_writer", "drop table ledger.mt_events cascade")]
    [InlineData("ledger_writer", "update ledger.mt_streams set is_archived = true")]
    [InlineData("ledger_writer", "select ledger.mt_archive_stream('run/1')")]
    [InlineData("ledger_writer", "insert into ledger_log.log select * from ledger_log.log")]
    [InlineData("ledger_writer", "insert into ledger_log.holes values (0)")]
    [InlineData("ledger_writer", "create table ledger_log.mine (n int)")]
    [InlineData("ledger_projector", "insert into ledger.mt_streams (id, version) values ('run/x', 1)")]
    [InlineData("ledger_projector", "insert into ledger_log.holes values (0)")]
    [InlineData("ledger_reader", "select ledger_log.advance()")]
    [InlineData("ledger_reader", "insert into ledger.mt_streams (id, version) values ('run/x', 1)")]
    [InlineData("ledger_reader", "select nextval('ledger.mt_events_sequence')")]
    [InlineData("ledger_reader", "create table results.mine (n int)")]
    [InlineData("ledger_auditor", "select ledger_log.advance()")]
    [InlineData("ledger_auditor", "delete from ledger_log.log")]
    [InlineData("ledger_auditor", "create table results.mine (n int)")]
    public async Task What_is_not_its_business_is_denied(string role, string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => Execute(role, sql))).SqlState.ShouldBe(Denied);

    [Theory]
    [InlineData("ledger_projector")]
    [InlineData("ledger_reader")]
    [InlineData("ledger_auditor")]
    public async Task Readers_see_events_positions_and_results(string role)
    {
        await Execute("ledger_projector", "create table if not exists results.shown as select 1 as n");

        await Execute(role, "select * from ledger.mt_events, ledger.mt_streams, ledger_log.log, ledger_log.origin, results.shown limit 1");
    }

    [Fact]
    public async Task The_projector_gives_positions_and_owns_the_results() =>
        await Execute("ledger_projector", "select ledger_log.advance(); create table results.own (n int); drop table results.own");

    private LedgerStore As(string role) => LedgerStore.Open(ConnectionString(role), TimeProvider.System);

    private async Task Execute(string role, string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(role));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(LedgerDatabase.Stop);
    }

    private string ConnectionString(string role) =>
        new NpgsqlConnectionStringBuilder(ledger.ConnectionString) { Options = $"-c role={role}" }.ConnectionString;
}
