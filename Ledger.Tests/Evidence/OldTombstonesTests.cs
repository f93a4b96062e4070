using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Bundles;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using Ledger.Runner.Bench.Kills;
using Ledger.Runner.Bundles;
using Ledger.Runner.Seals;
using Ledger.Tests.Runs;
using Ledger.Tests.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>Tombstones that Marten wrote before it was kept from it: they have positions and leaves like any event, and nothing takes offence at them.</summary>
public sealed class OldTombstonesTests(SealedExperiment experiment, PostgresFixture postgres) : IClassFixture<SealedExperiment>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_are_sealed_and_verified_folded_and_shown()
    {
        await using var ledger = await WithTombstones();

        var found = await ledger.Verify();

        found.Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        found.Sealed.ShouldBe(found.Position);
        await TinyExperiment.Fold(ledger.Source, Stop);
        await using var connection = await ledger.Source.OpenConnectionAsync(Stop);
        (await TableFindings.Of(connection, Stop)).ShouldBeEmpty();
        var log = await new ReadLog.Handler(ledger.Source).Handle(new ReadLog(), Stop);
        log.Events.Where(entry => entry.Stream == Tombstones.Stream).Select(entry => entry.Summary).ShouldBe(Enumerable.Repeat("a save that failed; it recorded nothing", 2));
        log.Events.Select(entry => entry.Position).ShouldBe(Enumerable.Range(1, (int)found.Position).Select(position => (long)position));
    }

    [Fact]
    public async Task They_are_no_hole_in_a_stream()
    {
        await using var ledger = await WithTombstones();
        await using var store = ledger.Open();

        (await LedgerProof.Streams(store, Stop)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bundle_has_their_leaves_and_not_them()
    {
        await using var ledger = await WithTombstones();
        string bundle = Path.Combine(ledger.Place.ArtifactFolder, "whole.bundle");
        var exported = await new ExportBundle.Handler(ledger.Source, ledger.Place).Handle(new ExportBundle(bundle, []), Stop);
        await using var other = new SpoiledLedger(await postgres.CreateDatabase("tombstones"), Directory.CreateTempSubdirectory("ledger-import-").FullName);
        await using (var store = other.Open())
            await Migrate.Apply(store, LedgerDatabase.Someone, Stop);

        var imported = await new ImportBundle.Handler(other.Home, TinyExperiment.Fold).Handle(new ImportBundle(bundle, DryRun: false), Stop);

        imported.Events.ShouldBe(exported.Events);
        exported.Events.ShouldBe(await ledger.Scalar<long>("select count(*) - 2 from ledger.mt_events"));
        (await other.Verify()).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("data = '{\"more\": 1}'", "altered-event")]
    [InlineData("data = '{\"more\": 1}'", "tombstone")]
    [InlineData("version = 1", "tombstone")]
    [InlineData("mt_dotnet_type = 'Other'", "tombstone")]
    [InlineData("user_name = 'eve'", "tombstone")]
    [InlineData("stream_id = (select min(id) from ledger.mt_streams where id like 'run/%')", "wrong-stream")]
    [InlineData("type = 'run.paused.v1'", "wrong-stream")]
    public async Task What_only_looks_like_one_is_found(string change, string code)
    {
        await using var ledger = await WithTombstones();

        await ledger.Spoil($"update ledger.mt_events set {change} where seq_id = (select min(seq_id) from ledger.mt_events where type = 'tombstone')");

        (await ledger.Verify()).Findings.Where(finding => finding.Severity == Severity.Broken).ShouldContain(finding => finding.Code == code);
    }

    /// <summary>Two, and an event after them.</summary>
    private async Task<SpoiledLedger> WithTombstones()
    {
        var ledger = await experiment.Copy();
        await DyingSave.Of(ledger.Source, events: 2, tombstones: true, Stop);
        await using var store = ledger.Open();
        await store.AppendShared(LedgerDatabase.New("review"), "later", [new Annotated("later")], LedgerDatabase.Someone, Stop);
        using var sealing = await Sealing.Open(ledger.Home, store, [], Stop);
        await sealing.Seal(Stop);
        return ledger;
    }
}
