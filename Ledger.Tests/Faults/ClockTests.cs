using System.Text.Json;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>A machine whose clock runs backwards: what it claims is recorded as claimed, and orders nothing.</summary>
public sealed class ClockTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>
{
    private readonly Backwards clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_keep_their_order_their_ids_and_the_server_s_time()
    {
        await using var store = LedgerStore.Open(ledger.ConnectionString, clock);
        var stream = LedgerDatabase.New("run");
        for (var i = 0; i < 4; i++)
        {
            await store.Append(stream, i, $"{i}", [new Paused($"{i}")], LedgerDatabase.Someone, Stop);
            await store.Advance(Stop);
        }

        var read = await store.Read(stream, stop: Stop);
        read.Select(e => e.Data).ShouldBe([.. Enumerable.Range(0, 4).Select(i => new Paused($"{i}"))]);
        read.Select(e => e.ClaimedAt).ShouldBe(read.Select(e => e.ClaimedAt).OrderDescending());
        read.Select(e => e.EventId).Distinct().Count().ShouldBe(4);
        var recorded = await ledger.Column<DateTime>("select recorded_at from ledger_log.log order by position");
        recorded.ShouldBe(recorded.Order());
        (await ledger.Column<long>($"select version from ledger_log.log where stream = '{stream}' order by position")).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task The_experiment_that_was_registered_last_is_the_one_meant_though_its_id_is_the_smaller()
    {
        var first = await Register();
        var second = await Register();
        string.CompareOrdinal(second, first).ShouldBeLessThan(0);

        (await ReadLedger.BySlug(ledger.Store.Source, "clock", Stop)).ShouldBe(second);
    }

    private async Task<string> Register()
    {
        var id = Ulid.NewUlid(clock.GetUtcNow()).ToString();
        await ledger.Append($"experiment/{id}", 0, "register", new Registered("clock", "", JsonDocument.Parse("{}").RootElement, new string('0', 64), "", null));
        return id;
    }

    /// <summary>Each look at it is an hour earlier than the one before.</summary>
    private sealed class Backwards : TimeProvider
    {
        private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => now -= TimeSpan.FromHours(1);
    }
}
