using Ledger.Domain;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

/// <summary>After an unknown commit: own ids there, done; still at the expected version, again; otherwise fenced.</summary>
public sealed class SettlementTests
{
    private static readonly Batch Two = Batch.Of("run/1", 3, "a", [new Paused("one"), new Paused("two")]);

    [Fact]
    public void Own_events_there_means_done() =>
        Found(7, own: 2).Settle(Two).ShouldNotBeNull().ShouldSatisfyAllConditions(b => b.AlreadyThere.ShouldBeTrue(), b => b.Version.ShouldBe(5));

    [Fact]
    public void Nothing_new_means_it_can_be_tried_again() => Found(3, own: 0).Settle(Two).ShouldBeNull();

    [Fact]
    public void Foreign_events_mean_fenced() =>
        Should.Throw<Fenced>(() => Found(4, own: 0).Settle(Two)).ShouldSatisfyAllConditions(f => f.Expected.ShouldBe(3), f => f.Found.ShouldBe(4));

    [Fact]
    public void A_shorter_stream_means_fenced() => Should.Throw<Fenced>(() => Found(2, own: 0).Settle(Two)).By.ShouldBeNull();

    [Fact]
    public void Part_of_the_batch_means_the_command_id_was_used_before() =>
        Should.Throw<Refused>(() => Found(4, own: 1).Settle(Two)).Code.ShouldBe("command-reused");

    [Fact]
    public void Other_data_under_the_same_ids_means_the_command_id_was_used_before()
    {
        var found = Found(5, own: 2);
        var other = found with { Own = found.Own.ToDictionary(e => e.Key, e => (e.Value.Version, Payload.Canonical(new Paused("three")))) };

        Should.Throw<Refused>(() => other.Settle(Two)).Code.ShouldBe("command-reused");
    }

    [Fact]
    public void Any_version_will_do_for_a_shared_stream() =>
        Found(9, own: 0).Settle(Two with { Expected = null }).ShouldBeNull();

    private static Settlement Found(long version, int own) => new(
        version,
        Two.Ids.Zip(Two.Bytes).Take(own).Select((e, i) => (e.First, e.Second, Version: 4L + i)).ToDictionary(e => e.First, e => (e.Version, e.Second)),
        version > 3 ? LedgerDatabase.Someone : null);
}
