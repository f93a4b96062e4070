using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

/// <summary>Everything here runs as the owner of the tables: the guards hold for those who have every right. Marten's own ways are in <see cref="RewritingTests"/>.</summary>
public sealed class GuardTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>, IAsyncLifetime
{
    private const string Refused = "LG001";

    private readonly string _run = LedgerDatabase.New("run");

    public async ValueTask InitializeAsync()
    {
        await ledger.Append(_run, 0, "a", new Paused("one"), new Paused("two"));
        await ledger.Store.Advance(LedgerDatabase.Stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("update ledger.mt_events set data = '{}'")]
    [InlineData("update ledger.mt_events set is_archived = true where false")]
    [InlineData("delete from ledger.mt_events")]
    [InlineData("truncate ledger.mt_events cascade")]
    [InlineData("delete from ledger.mt_streams")]
    [InlineData("truncate ledger.mt_streams cascade")]
    [InlineData("update ledger.mt_streams set version = version - 1")]
    [InlineData("update ledger.mt_streams set version = version")]
    [InlineData("update ledger.mt_streams set version = version + 1, is_archived = true")]
    [InlineData("update ledger.mt_streams set version = version + 1, created = now()")]
    [InlineData("update ledger.mt_streams set version = version + 1, compacted_version = 1")]
    [InlineData("update ledger_log.log set recorded_at = now()")]
    [InlineData("delete from ledger_log.log")]
    [InlineData("truncate ledger_log.log")]
    [InlineData("update ledger_log.holes set seq_id = 1")]
    [InlineData("delete from ledger_log.holes")]
    [InlineData("truncate ledger_log.holes")]
    [InlineData("update ledger_log.origin set origin = 'x'")]
    [InlineData("delete from ledger_log.schema_versions")]
    [InlineData("set session_replication_role = replica; delete from ledger_log.log")]
    public async Task What_is_not_growth_is_refused(string sql)
    {
        var before = await State();

        (await Should.ThrowAsync<PostgresException>(() => ledger.Execute(sql))).SqlState.ShouldBe(Refused);

        (await State()).ShouldBe(before);
    }

    [Fact]
    public async Task Growth_is_still_possible_after_every_refusal() =>
        (await ledger.Append(_run, 2, "b", new Paused("three"))).Version.ShouldBe(3);

    private Task<string> State() => ledger.Scalar<string>(
        """
        select (select md5(string_agg(e::text, ',' order by seq_id)) from ledger.mt_events e)
            || (select md5(string_agg(s::text, ',' order by id)) from ledger.mt_streams s)
            || (select md5(string_agg(l::text, ',' order by position)) from ledger_log.log l)
        """);
}
