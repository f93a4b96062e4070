using JasperFx.Events;
using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Marten;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

/// <summary>Everything here runs as the owner of the tables: the guards hold for those who have every right.</summary>
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
    public async Task Martens_own_ways_of_changing_the_past_are_refused()
    {
        await ShouldBeRefused(session => session.Events.ArchiveStream(_run));
        await ShouldBeRefused(session => session.Events.TombstoneStream(_run));
        await ShouldBeRefused(async session =>
        {
            var stored = (await session.Events.FetchStreamAsync(_run, token: LedgerDatabase.Stop))[0];
            session.Events.OverwriteEvent(BuildLike(session, stored, new Paused("other")));
        });
        await ShouldBeRefused(async session =>
        {
            var stored = (await session.Events.FetchStreamAsync(_run, token: LedgerDatabase.Stop))[0];
            session.Events.CompletelyReplaceEvent(stored.Sequence, new Paused("other"));
        });
        await ShouldBeRefused(_ => ledger.Store.Marten.Advanced.Clean.DeleteAllEventDataAsync(LedgerDatabase.Stop));
        await ShouldBeRefused(_ => ledger.Store.Marten.Advanced.Clean.DeleteSingleEventStreamAsync(_run, ct: LedgerDatabase.Stop));
    }

    [Fact]
    public async Task Growth_is_still_possible_after_every_refusal() =>
        (await ledger.Append(_run, 2, "b", new Paused("three"))).Version.ShouldBe(3);

    private static IEvent BuildLike(IDocumentSession session, IEvent stored, object data)
    {
        var changed = session.Events.BuildEvent(data);
        (changed.Id, changed.Sequence, changed.Version, changed.StreamKey) = (stored.Id, stored.Sequence, stored.Version, stored.StreamKey);
        return changed;
    }

    private Task ShouldBeRefused(Action<IDocumentSession> change) => ShouldBeRefused(session =>
    {
        change(session);
        return Task.CompletedTask;
    });

    private async Task ShouldBeRefused(Func<IDocumentSession, Task> change)
    {
        var before = await State();
        await using var session = ledger.Store.Marten.LightweightSession();

        var refused = await Should.ThrowAsync<Exception>(async () =>
        {
            await change(session);
            await session.SaveChangesAsync(LedgerDatabase.Stop);
        });

        (refused as PostgresException ?? refused.GetBaseException() as PostgresException)?.SqlState.ShouldBe(Refused, refused.ToString());
        (await State()).ShouldBe(before);
    }

    private Task<string> State() => ledger.Scalar<string>(
        """
        select (select md5(string_agg(e::text, ',' order by seq_id)) from ledger.mt_events e)
            || (select md5(string_agg(s::text, ',' order by id)) from ledger.mt_streams s)
            || (select md5(string_agg(l::text, ',' order by position)) from ledger_log.log l)
        """);
}
