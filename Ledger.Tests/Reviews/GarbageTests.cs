using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Runner.Garbage;
using Ledger.Runner.Reviews;
using Ledger.Runner.Runs;
using Ledger.Tests.Query;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Reviews;

/// <summary>
/// Freeing what nobody asks for, on two real runs: <c>first</c> computed the base network, <c>second</c> took it over. Which of the two also compresses it
/// is a matter of who came first.
/// </summary>
public sealed class GarbageTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TinyExperiment tiny = null!;
    private RunState first = null!, second = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ArtifactStore Store => new(tiny.Home.ArtifactFolder);

    /// <summary>What only the first run asks for: all but the base network, and the graph that pruning leaves as it is.</summary>
    private IReadOnlyList<string> Own => [.. first.Steps.Where(step => step.Key != "base").SelectMany(step => StepArtifacts.Of(step.Value.Completion!))
        .Select(artifact => artifact.Digest).Except([Base.Architecture.Digest]).Order(StringComparer.Ordinal)];

    private string Outcomes => ((AttackCompleted)first.Steps["weak"].Completion!).Outcomes.Digest;

    private ModelRef Base => ((TrainingCompleted)first.Steps["base"].Completion!).Model;

    public async ValueTask InitializeAsync()
    {
        tiny = await TinyExperiment.New(postgres);
        var done = (await tiny.Run()).Done;
        (first, second) = (done.Single(run => run.Steps["base"].Completion is not null), done.Single(run => run.Steps["base"].Reused is not null));
    }

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task While_every_run_counts_there_is_nothing_to_free() => (await Collect(free: true)).Files.ShouldBeEmpty();

    [Fact]
    public async Task What_only_a_retracted_run_asks_for_is_released_and_what_was_taken_over_from_it_stays()
    {
        await Retract(first);

        var found = await Collect(free: false);
        found.Files.Select(file => file.Digest!).ShouldBe(Own);
        found.Files.ShouldAllBe(file => file.Kind == UnwantedKind.Artifact && file.Reason == "retracted: wrong labels" && file.Runs.Count == 1 && file.Runs[0].Run == first.Run);
        Own.ShouldAllBe(digest => Has(digest), "a dry run touches nothing");
        (await Released()).ShouldBeEmpty();
        (await Collect(free: true, keepDays: 1)).ShouldSatisfyAllConditions(kept => kept.Files.ShouldBeEmpty(), kept => kept.Kept.ShouldBe(Own.Count));

        (await Collect(free: true)).Bytes.ShouldBe(found.Bytes);
        Own.ShouldAllBe(digest => !Has(digest));
        Store.Verify(ContentHash.Parse(Base.Weights.Digest));
        (await Released()).ShouldBe(found.Files.Select(file => $"{first.Run} {file.Digest} {file.Bytes} retracted: wrong labels"));
        (await Collect(free: true)).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_nobody_is_left_who_counts_all_of_it_goes_and_everyone_says_released()
    {
        await Retract(first);
        await Retract(second);

        var digests = (await Collect(free: true)).Files.Select(file => file.Digest!).ToList();

        digests.ShouldContain(Base.Weights.Digest);
        Store.Objects().ShouldBeEmpty();
        (await Released()).Select(row => row.Split(' ')[1]).Distinct().ShouldBe(digests, ignoreOrder: true);
        (await By("export", first.Run, Path.Combine(tiny.Folder, "out"))).ShouldSatisfyAllConditions(
            said => said.ExitCode.ShouldBe(3), said => said.Error.ShouldMatch(@"were released on \d{4}-.* UTC: retracted: wrong labels\. A replay of run"));
        (await By("show", first.Run)).Output.ShouldMatch(@"weights +[0-9a-f]{12} .* released \d{4}");
    }

    [Fact]
    public async Task A_later_run_computes_what_was_released_again_and_says_why()
    {
        await Retract(first);
        await Retract(second);
        await Collect(free: true);

        var again = (await tiny.Run()).Done;

        again.Count.ShouldBe(2, "a retracted run is not there, and nothing is taken over from it");
        again.Count(run => run.Steps["base"].Completion is not null).ShouldBe(1);
        again.ShouldAllBe(run => run.Status == RunStatus.Completed);
        Store.Verify(ContentHash.Parse(Base.Weights.Digest));
        (await By("explain", again.Single(run => run.Steps["base"].Completion is not null).Run, "base")).Output.ShouldMatch($"Nothing is taken over from run {first.Run}, which computed the same: it was\\s+retracted\\s+on .* UTC: wrong labels");
        (await Collect(free: true)).Files.ShouldBeEmpty("the new runs ask for the same bytes");
    }

    [Fact]
    public async Task A_run_that_rests_on_a_retracted_one_is_carried_out_anew_too()
    {
        await Retract(first);
        (await By("results")).Output.ShouldMatch(@"^tiny: no results that count at position \d+\.\nLeft out: 1 run \(resting on a retracted run\)\.\nLeft out: 1 run \(retracted\)\.$");

        (await tiny.Run()).Done.Count.ShouldBe(2);

        (await tiny.Run()).NothingToDo.ShouldBeTrue();
        (await By("results")).Output.ShouldContain("magnitude");
    }

    [Fact]
    public async Task A_replay_puts_the_bytes_back()
    {
        await Retract(first);
        await Retract(second);
        await Collect(free: true);

        (await tiny.Replay([first.Run])).Replays.Single().Verdict.ShouldBe(ReplayVerdict.Identical);

        Has(Outcomes).ShouldBeTrue();
        (await By("export", first.Run, Path.Combine(tiny.Folder, "out"))).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Killed_between_record_and_deletion_the_next_time_goes_on()
    {
        await Retract(first);
        await Collect(free: true);
        byte[] other = [1, 2, 3];
        // As if the process had gone after the event: the file is there, and released.
        await Put(first.Run, "later", other);
        await Collect(free: true);
        Store.Put(other);

        (await Collect(free: true)).Files.ShouldHaveSingleItem().Bytes.ShouldBe(3);

        (await Released()).Count(row => row.Contains(" 3 ", StringComparison.Ordinal)).ShouldBe(1, "a release is said once");
    }

    [Fact]
    public async Task Files_that_no_event_speaks_of_go_when_they_are_old()
    {
        var young = Store.Put("young"u8);
        var old = Aged(Store.PathOf(Store.Put("old"u8).Hash), StrayFiles.UnnamedAge);
        var leftover = Aged(Write("tmp/killed", "half"), StrayFiles.LeftoverAge);
        var writing = Write("tmp/writing", "half");
        var checkpoints = Write($"checkpoints/{new string('a', 64)}/epoch-1", "state");

        (await Collect(free: false)).Files.Select(file => (file.Kind, file.Path)).ShouldBe(
            [(UnwantedKind.Unnamed, old), (UnwantedKind.Leftover, leftover), (UnwantedKind.Checkpoints, Path.GetDirectoryName(checkpoints)!)]);
        (await Collect(free: true)).Files.Count.ShouldBe(3);

        new[] { old, leftover, checkpoints }.ShouldAllBe(path => !File.Exists(path));
        new[] { Store.PathOf(young.Hash), writing }.ShouldAllBe(path => File.Exists(path));
        (await Released()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_object_that_any_event_names_is_not_unnamed()
    {
        var named = Store.Put("named by a remark"u8);
        Aged(Store.PathOf(named.Hash), StrayFiles.UnnamedAge);
        await using (var store = LedgerStore.Open(tiny.Connection, TimeProvider.System))
            await store.AppendShared($"review/{first.Run}", "see", [new Annotated($"see {named.Hash}")], LedgerDatabase.Someone, Stop);

        (await Collect(free: true)).Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task Checkpoints_of_a_training_that_can_be_gone_on_with_stay()
    {
        using var interrupt = new CancellationTokenSource();
        var longer = TinyExperiment.Yaml.Replace("epochs: 2", "epochs: 60", StringComparison.Ordinal);
        await Should.ThrowAsync<OperationCanceledException>(() => tiny.Run(longer, amend: "longer", stop: interrupt, until: "type = 'run.epoch_completed.v1' and (data->>'epoch')::int = 4"));
        Directory.GetDirectories(Path.Combine(Store.Folder, "checkpoints")).ShouldNotBeEmpty();

        (await Collect(free: true)).Files.ShouldNotContain(file => file.Kind == UnwantedKind.Checkpoints);
    }

    [Fact]
    public async Task While_runs_may_be_carried_out_nothing_is_deleted_and_they_wait_while_something_is()
    {
        await Retract(first);
        await using (await tiny.Opening.Open(1, 1, TimeSpan.FromMinutes(1), Stop))
        {
            (await Should.ThrowAsync<Refused>(() => Collect(free: true))).Code.ShouldBe("artifacts-in-use");
            (await Collect(free: false)).Files.ShouldNotBeEmpty();
        }

        await using var source = NpgsqlDataSource.Create(tiny.Connection);
        await using var locks = new KeyLocks(source);
        var deleting = await locks.TryTake(KeyLocks.Artifacts, Stop);
        var opening = tiny.Opening.Open(1, 1, TimeSpan.FromMinutes(1), Stop);
        (await Task.WhenAny(opening, Task.Delay(TimeSpan.FromSeconds(2), Stop))).ShouldNotBe(opening);
        await deleting.ShouldNotBeNull().DisposeAsync();
        await (await opening).DisposeAsync();
        (await Collect(free: true)).Files.ShouldNotBeEmpty();
    }

    private Task<Garbage> Collect(bool free, int keepDays = 0) =>
        new CollectGarbage.Handler(tiny.Home, TinyExperiment.Fold, TimeProvider.System).Handle(new CollectGarbage(free, keepDays), Stop);

    private Task Retract(RunState run) => new RetractRun.Handler(tiny.Home, TinyExperiment.Fold).Handle(new RetractRun(run.Run, "wrong labels"), Stop);

    private Task<Said> By(params string[] args) => Said.By(new LedgerPlace(tiny.Connection, tiny.Home.ArtifactFolder), args);

    private bool Has(string digest) => Store.Has(ContentHash.Parse(digest));

    /// <summary>Another artifact of a run that is at its end, behind its back.</summary>
    private async Task Put(string run, string step, byte[] bytes)
    {
        var stored = Store.Put(bytes);
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        long version = (await store.Read($"run/{run}", stop: Stop)).Count;
        await store.Append($"run/{run}", version, "late", [new MeasurementCompleted(step, [], new ArtifactRef(stored.Hash.ToString(), stored.Size), null, 1)], LedgerDatabase.Someone, Stop);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(Store.Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Aged(string path, TimeSpan age)
    {
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime - age - TimeSpan.FromMinutes(1));
        return path;
    }

    private async Task<List<string>> Released()
    {
        await using var source = NpgsqlDataSource.Create(tiny.Connection);
        await using var command = source.CreateCommand(
            "select split_part(stream_id, '/', 2) || ' ' || (data->>'digest') || ' ' || (data->>'bytes') || ' ' || (data->>'reason') from ledger.mt_events where type = 'review.artifact_released.v1' order by seq_id");
        await using var rows = await command.ExecuteReaderAsync(Stop);
        var released = new List<string>();
        while (await rows.ReadAsync(Stop))
            released.Add(rows.GetString(0));
        return released;
    }
}
