using System.Formats.Tar;
using Ledger.Domain;
using Ledger.Domain.Bundles;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Bundles;
using Ledger.Query.Results;
using Ledger.Runner.Bundles;
using Ledger.Runner.Reviews;
using Ledger.Runner.Runs;
using Ledger.Tests.Evidence;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Bundles;

public sealed class BundleTests(SealedExperiment experiment, PostgresFixture postgres) : IClassFixture<SealedExperiment>, IAsyncLifetime
{
    private readonly string _place = Directory.CreateTempSubdirectory("ledger-bundles-").FullName;
    private SpoiledLedger? _original;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SpoiledLedger Original => _original!;

    public async ValueTask InitializeAsync() => _original = await experiment.Copy();

    public async ValueTask DisposeAsync()
    {
        await Original.DisposeAsync();
        Directory.Delete(_place, recursive: true);
    }

    [Fact]
    public async Task A_whole_ledger_moves_with_its_ids_times_log_and_seals()
    {
        string bundle = await Export(Original);
        await using var other = await Empty();

        var imported = await Import(other, bundle);

        (imported.Events, imported.Known).ShouldBe((await Original.Scalar<long>("select count(*) from ledger.mt_events"), 0));
        (await Digest(other, "imported")).ShouldBe(await Digest(Original, "own"));
        var found = await other.Verify();
        found.Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        found.Events.ShouldBe(imported.Events + found.Position, "its events are in both logs");
        (await other.Scalar<string>("select slug from results.experiments")).ShouldStartWith("tiny@");
        (await Table(other)).ShouldBe(await Table(Original));
    }

    [Fact]
    public async Task The_same_bundle_again_adds_nothing()
    {
        string bundle = await Export(Original);
        await using var other = await Empty();
        await Import(other, bundle);
        long head = await other.Scalar<long>("select max(position) from ledger_log.log");

        var again = await Import(other, bundle);

        (again.Events, again.Artifacts).ShouldBe((0, 0));
        (await other.Scalar<long>("select max(position) from ledger_log.log")).ShouldBe(head);
        (await Import(Original, bundle)).Events.ShouldBe(0, "a ledger knows its own");
    }

    [Fact]
    public async Task Some_runs_go_with_what_they_rest_on_and_the_rest_can_follow()
    {
        string run = await Original.Scalar<string>("select run from results.steps where state = 'reused' limit 1");
        string some = await Export(Original, run), whole = await Export(Original);
        await using var other = await Empty();

        var first = await Import(other, some);
        (await other.Verify()).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        (await other.Scalar<long>("select count(*) from results.runs")).ShouldBe(2, "the run and the one it took a step over from");
        var second = await Import(other, whole);

        first.Events.ShouldBeLessThan(second.Events + second.Known);
        second.Known.ShouldBe(first.Events);
        (await other.Verify()).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_imported_can_be_passed_on()
    {
        await using var second = await Empty();
        await Import(second, await Export(Original));
        await using var third = await Empty();

        await Import(third, await Export(second));

        (await third.Verify()).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        (await third.Scalar<long>("select count(distinct origin) from ledger_log.imported_log")).ShouldBe(2);
        (await Digest(third, "imported")).ShouldBe(await Digest(Original, "own"));
    }

    [Fact]
    public async Task Both_ledgers_can_go_on_and_meet_again()
    {
        await using var other = await Empty();
        await Import(other, await Export(Original));
        string run = await Original.Scalar<string>("select min(run) from results.runs");

        await new AnnotateRun.Handler(other.Home, TinyExperiment.Fold).Handle(new AnnotateRun(run, "seen elsewhere"), Stop);
        await new AnnotateRun.Handler(Original.Home, TinyExperiment.Fold).Handle(new AnnotateRun(run, "seen at home"), Stop);
        await Import(other, await Export(Original));
        await Import(Original, await Export(other));

        foreach (var ledger in new[] { Original, other })
        {
            (await ledger.Scalar<long>($"select count(*) from results.reviews where run = '{run}' and said = 'annotated'")).ShouldBe(2);
            (await ledger.Verify()).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_seal_kept_of_the_original_is_held_against_its_log_wherever_that_is()
    {
        string witness = await Original.Witness(), bundle = await Export(Original);
        await using var other = await Empty();
        await Import(other, bundle);

        (await other.Verify(witness)).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        await other.Spoil("update ledger.mt_events set causation_id = 'other' where type = 'run.completed.v1'");
        (await other.Verify()).Findings.ShouldContain(finding => finding.Code == "altered-event" && finding.Origin != null);
    }

    [Fact]
    public async Task An_imported_run_goes_on_where_it_came_from()
    {
        await using var other = await Empty();
        await Import(other, await Export(Original));
        string run = await Original.Scalar<string>("select min(run) from results.runs");

        (await Should.ThrowAsync<Refused>(async () =>
            await new ResumeRuns.Handler(other.Home, null!, TimeProvider.System, TinyExperiment.Silent).Handle(new ResumeRuns([run], false, 1, TimeSpan.FromMinutes(1)), Stop))).Code.ShouldBe("imported");
        (await ReadLedger.BySlug(other.Source, "tiny", Stop)).ShouldBeNull("a file of that name is another experiment here");
    }

    [Fact]
    public async Task A_history_that_contradicts_is_refused_whole()
    {
        string bundle = await Export(Original);
        await using var other = await Empty();
        await Import(other, bundle);
        await other.Spoil("update ledger.mt_events set causation_id = 'other' where type = 'run.completed.v1'");

        (await Should.ThrowAsync<Refused>(() => Import(other, bundle))).Code.ShouldBe("other-event");

        await using var third = await Empty();
        string run = await Original.Scalar<string>("select min(id) from ledger.mt_streams where id like 'run/%'");
        await using var store = third.Open();
        await store.Append(run, 0, "mine", [new Paused("mine")], LedgerDatabase.Someone, Stop);
        (await Should.ThrowAsync<Refused>(() => Import(third, bundle))).Code.ShouldBeOneOf("other-history", "own-stream");
        (await third.Scalar<long>("select count(*) from ledger_log.imported_log")).ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_adds_to_this_ledgers_own_streams()
    {
        // A copy of the ledger that went its own way, and whose owner signs that: it says more of streams that began here.
        await using var fork = await experiment.Copy();
        string run = await Original.Scalar<string>("select min(id) from ledger.mt_streams where id like 'run/%'");
        await using (var store = fork.Open())
            await store.AppendShared($"review/{run["run/".Length..]}", "said", [new Retracted("bad")], LedgerDatabase.Someone, Stop);

        (await Should.ThrowAsync<Refused>(async () => await Import(Original, await Export(fork)))).Code.ShouldBe("own-events");
    }

    [Fact]
    public async Task A_damaged_bundle_is_refused_before_anything_is_written()
    {
        byte[] bundle = await File.ReadAllBytesAsync(await Export(Original), Stop);
        await using var other = await Empty();
        var random = new Random(1);
        var damaged = Enumerable.Range(0, 60).Select(_ => Flipped(bundle, random.Next(bundle.Length)))
            .Concat(Enumerable.Range(0, 10).Select(_ => bundle[..random.Next(bundle.Length)])).Append([]).Append(new byte[1024]).Append([.. bundle, .. bundle]);

        foreach (byte[] bytes in damaged.Where(bytes => !Unchanged(bundle, bytes)))
        {
            string path = Path.Combine(_place, $"{Path.GetRandomFileName()}.bundle");
            await File.WriteAllBytesAsync(path, bytes, Stop);
            (await Should.ThrowAsync<BrokenBundle>(() => Import(other, path), $"{bytes.Length} of {bundle.Length} bytes, {At(bundle, bytes)}")).ExitCode.ShouldBe(4);
            File.Delete(path);
        }

        (await other.Scalar<long>("select count(*) from ledger.mt_events where type not like 'ledger.%'")).ShouldBe(0);
        Directory.EnumerateFiles(other.Place.ArtifactFolder, "*", SearchOption.AllDirectories).Where(file => file.Contains("objects")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bundle_is_the_same_bytes_whenever_it_is_written()
    {
        byte[] first = await File.ReadAllBytesAsync(await Export(Original), Stop);

        (await File.ReadAllBytesAsync(await Export(Original), Stop)).AsSpan().SequenceEqual(first).ShouldBeTrue();
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("/tmp/escaped")]
    [InlineData("artifacts/../../escaped")]
    [InlineData("logs/01J00000000000000000000000/../leaves")]
    public async Task A_name_that_leads_elsewhere_is_refused(string name)
    {
        string path = Path.Combine(_place, "hostile.bundle");
        await using (var file = File.Create(path))
        await using (var tar = new TarWriter(file, TarEntryFormat.Ustar))
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) }, Stop);

        (await Should.ThrowAsync<BrokenBundle>(() => CheckBundle.Of(path, Stop))).Message.ShouldContain("a name that no part has");
    }

    [Fact]
    public async Task What_is_not_sealed_yet_stays_behind_and_that_is_said()
    {
        await using (var store = Original.Open())
            await store.AppendShared(LedgerDatabase.New("review"), "a", [new Annotated("late")], LedgerDatabase.Someone, Stop);

        (await Exported(Original)).Unsealed.ShouldBe(1);
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] flipped = [.. bytes];
        flipped[at] ^= 0x10;
        return flipped;
    }

    private static int At(byte[] original, byte[] damaged) => original.AsSpan().CommonPrefixLength(damaged);

    /// <summary>Bytes of the archive that nothing rests on: padding, and fields of headers that are not looked at.</summary>
    private static bool Unchanged(byte[] original, byte[] damaged)
    {
        int at = At(original, damaged);
        return original.Length == damaged.Length ? original[at] == 0 : original.Length > damaged.Length && original.AsSpan(at).TrimEnd((byte)0).IsEmpty;
    }

    private async Task<string> Export(SpoiledLedger ledger, params string[] of)
    {
        await Seal(ledger);
        return (await Exported(ledger, of)).File;
    }

    private Task<BundleExported> Exported(SpoiledLedger ledger, params string[] of) => new ExportBundle.Handler(ledger.Source, ledger.Place)
        .Handle(new ExportBundle(Path.Combine(_place, $"{Path.GetRandomFileName()}.bundle"), of), Stop);

    private static async Task Seal(SpoiledLedger ledger)
    {
        await using var store = ledger.Open();
        using var sealing = await Ledger.Runner.Seals.Sealing.Open(ledger.Home, store, [], Stop);
        await sealing.Seal(Stop);
    }

    private static Task<BundleImported> Import(SpoiledLedger ledger, string bundle) =>
        new ImportBundle.Handler(ledger.Home, TinyExperiment.Fold).Handle(new ImportBundle(bundle, DryRun: false), Stop);

    private async Task<SpoiledLedger> Empty()
    {
        var ledger = new SpoiledLedger(await postgres.CreateDatabase("import"), Directory.CreateTempSubdirectory("ledger-import-").FullName);
        await using var store = ledger.Open();
        await Migrate.Apply(store, LedgerDatabase.Someone, Stop);
        return ledger;
    }

    /// <summary>Of all that an event is, in the order of the original's log.</summary>
    private async Task<string> Digest(SpoiledLedger ledger, string log)
    {
        string origin = await Original.Scalar<string>("select origin from ledger_log.origin");
        return await ledger.Scalar<string>(
            $"""
            select md5(string_agg(concat_ws('|', l.position, l.recorded_at, e.id, e.stream_id, e.version, e.type, e.timestamp, e.data, e.headers, e.correlation_id, e.causation_id, e.user_name), E'\n' order by l.position))
            from ledger.mt_events e join {(log == "own" ? "ledger_log.log l on l.seq_id = e.seq_id" : $"ledger_log.imported_log l on l.event_id = e.id and l.origin = '{origin}'")}
            """);
    }

    private static async Task<string> Table(SpoiledLedger ledger)
    {
        await using var reading = await Reading.Open(ledger.Source, null, Stop);
        return await ledger.Scalar<string>("select string_agg(concat_ws(' ', run, step, examples, correct, broken), E'\n' order by run, step) from results.attacks");
    }
}
