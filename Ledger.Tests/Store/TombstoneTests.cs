using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Marten;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

/// <summary>Nothing is in the ledger that nobody appended: Marten's own events after a save that failed are kept from it.</summary>
public sealed class TombstoneTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Left = "select count(*) from ledger.mt_streams where id = 'mt_tombstone'";

    private readonly LedgerDatabase _ledger = new(postgres);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _ledger.InitializeAsync();

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task Left_alone_Marten_writes_an_empty_event_under_each_number_of_a_save_that_failed_at_its_commit()
    {
        await DyingSave.Of(_ledger.Store.Source, events: 2, tombstones: true, Stop);

        (await _ledger.Scalar<long>(Left)).ShouldBe(1);
        (await _ledger.Column<string>("select concat_ws(' ', version - seq_id, type, data, mt_dotnet_type, timestamp) from ledger.mt_events where stream_id = 'mt_tombstone'"))
            .ShouldBe(["0 tombstone {} JasperFx.Events.Tombstone, JasperFx.Events -infinity", "0 tombstone {} JasperFx.Events.Tombstone, JasperFx.Events -infinity"]);
    }

    [Fact]
    public async Task A_save_that_fails_at_its_commit_leaves_nothing()
    {
        await DyingSave.Of(_ledger.Store.Source, events: 2, tombstones: false, Stop);

        (await _ledger.Scalar<long>(Left)).ShouldBe(0);
    }

    [Fact]
    public async Task A_save_that_comes_too_late_leaves_nothing()
    {
        string run = LedgerDatabase.New("run");
        await _ledger.Append(run, 0, "first", new Paused("first"));
        await using (var marten = new DocumentStore(MartenOptions.For(_ledger.Store.Source, TimeProvider.System)))
        {
            await using var session = marten.LightweightSession();
            session.Events.StartStream(run, new Paused("second"));
            await Should.ThrowAsync<Marten.Exceptions.ExistingStreamIdCollisionException>(() => session.SaveChangesAsync(Stop));
        }

        (await _ledger.Scalar<long>(Left)).ShouldBe(0);
    }
}
