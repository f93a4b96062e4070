using JasperFx.Events;
using JasperFx.MultiTenancy;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Marten;
using Marten.Events;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

/// <summary>
/// Everything Marten offers to change what was recorded, each with the settings it needs, which ours never have: by the owner of the tables the
/// triggers refuse it, whatever its rights.
/// </summary>
public sealed class RewritingTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>, IAsyncLifetime
{
    private const string RefusedByTrigger = "LG001";

    private static readonly Dictionary<string, Func<IDocumentSession, string, Task>> Features = new(StringComparer.Ordinal)
    {
        ["archiving"] = (session, run) => Now(() => session.Events.ArchiveStream(run)),
        ["tombstoning"] = (session, run) => Now(() => session.Events.TombstoneStream(run)),
        ["overwriting an event"] = async (session, run) => session.Events.OverwriteEvent(Like(session, await First(session, run), new Paused("other"))),
        ["replacing an event"] = async (session, run) => session.Events.CompletelyReplaceEvent((await First(session, run)).Sequence, new Paused("other")),
        ["masking by a rule"] = (session, run) => session.DocumentStore.Advanced.ApplyEventDataMasking(masking => masking.IncludeStream(run), LedgerDatabase.Stop),
        ["masking with a header"] = (session, run) =>
            session.DocumentStore.Advanced.ApplyEventDataMasking(masking => masking.IncludeStream(run).AddHeader("masked", true), LedgerDatabase.Stop),
        ["compacting a stream"] = (session, run) => session.Events.CompactStreamAsync<Pauses>(run),
        ["tagging what was recorded"] = (session, run) => Now(() => session.Events.AssignTagWhere(e => e.StreamKey == run, new Mark("later"))),
        ["deleting one stream"] = (session, run) => session.DocumentStore.Advanced.Clean.DeleteSingleEventStreamAsync(run, ct: LedgerDatabase.Stop),
        ["deleting all events"] = (session, _) => session.DocumentStore.Advanced.Clean.DeleteAllEventDataAsync(LedgerDatabase.Stop),
        ["deleting a tenant"] = (session, _) => session.DocumentStore.Advanced.DeleteAllTenantDataAsync("*DEFAULT*", LedgerDatabase.Stop),
    };

    private readonly string run = LedgerDatabase.New("run");

    public static TheoryData<string> All => [.. Features.Keys];

    public async ValueTask InitializeAsync()
    {
        // Where Marten keeps tags when it is told to, which needs a column that ours does not have.
        await ledger.Execute("create extension if not exists hstore; alter table ledger.mt_events add column if not exists tags hstore");
        await ledger.Append(run, 0, "a", new Paused("one"), new Paused("two"));
        await ledger.Store.Advance(LedgerDatabase.Stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(All))]
    public async Task Marten_cannot_rewrite_history_by(string feature)
    {
        var before = await State();
        await using var store = new DocumentStore(WithEverything(feature));
        await using var session = store.LightweightSession();

        var refused = await Should.ThrowAsync<Exception>(async () =>
        {
            await Features[feature](session, run);
            await session.SaveChangesAsync(LedgerDatabase.Stop);
        });

        Postgres(refused).SqlState.ShouldBe(RefusedByTrigger, refused.ToString());
        (await State()).ShouldBe(before);
        (await ledger.AppendShared(run, $"after {feature}", new Paused("growth goes on"))).AlreadyThere.ShouldBeFalse();
    }

    /// <summary>Dropping tables fires no trigger: that only their owner may is what keeps it from everyone else.</summary>
    [Fact]
    public async Task Marten_cannot_drop_the_tables_for_a_writer()
    {
        await Migrate.Roles(ledger.Store.Source, LedgerDatabase.Stop);
        var before = await State();
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ledger.ConnectionString) { Options = "-c role=ledger_writer" }.ConnectionString);
        await using var store = new DocumentStore(MartenOptions.For(source, TimeProvider.System));

        var denied = await Should.ThrowAsync<Exception>(() => store.Advanced.Clean.CompletelyRemoveAllAsync(LedgerDatabase.Stop));

        Postgres(denied).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, denied.ToString());
        (await State()).ShouldBe(before);
    }

    private StoreOptions WithEverything(string feature)
    {
        var options = MartenOptions.For(ledger.Store.Source, TimeProvider.System);
        // With these settings Marten opens connections of its own, from a data source's text, which leaves its password out.
        options.Connection(ledger.ConnectionString);
        options.Events.AddMaskingRuleForProtectedInformation<Paused>(paused => paused with { Reason = "masked" });
        options.Events.RegisterTagType<Mark>("mark");
        options.Events.DcbStorageMode = DcbStorageMode.HStore;
        options.Events.TenancyStyle = feature == "deleting a tenant" ? TenancyStyle.Conjoined : TenancyStyle.Single;
        return options;
    }

    private static PostgresException Postgres(Exception thrown) => thrown.GetBaseException().ShouldBeOfType<PostgresException>(thrown.ToString());

    private static Task Now(Action change)
    {
        change();
        return Task.CompletedTask;
    }

    private static async Task<IEvent> First(IDocumentSession session, string run) => (await session.Events.FetchStreamAsync(run, token: LedgerDatabase.Stop))[0];

    private static IEvent Like(IDocumentSession session, IEvent stored, object data)
    {
        var changed = session.Events.BuildEvent(data);
        (changed.Id, changed.Sequence, changed.Version, changed.StreamKey) = (stored.Id, stored.Sequence, stored.Version, stored.StreamKey);
        return changed;
    }

    private Task<string> State() => ledger.Scalar<string>(
        """
        select (select md5(string_agg(e::text, ',' order by seq_id)) from ledger.mt_events e)
            || (select md5(string_agg(s::text, ',' order by id)) from ledger.mt_streams s)
            || (select md5(string_agg(l::text, ',' order by position)) from ledger_log.log l)
        """);

    public sealed record Mark(string Value);

    public sealed class Pauses
    {
        public string Id { get; set; } = "";

        public int Count { get; set; }

        public void Apply(Paused paused) => Count += paused.Reason.Length;
    }
}
