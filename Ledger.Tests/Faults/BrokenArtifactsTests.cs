using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Replays;
using Ledger.Runner.Runs;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>
/// Artifacts and data that are gone or altered after a run. A replay computes everything anew and compares by digests, so what is missing it makes
/// again; what stands there and is something else it never takes, replaces or compares with.
/// </summary>
public sealed class BrokenArtifactsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly string Attacked = TinyExperiment.Yaml.Replace("eps: 0.1", "eps: 0.2", StringComparison.Ordinal);

    private TinyExperiment tiny = null!;
    private IReadOnlyList<RunState> originals = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ArtifactStore Store => new(tiny.Home.ArtifactFolder);

    private ContentHash Weights => ContentHash.Parse(
        originals.Select(run => run.Steps["base"].Completion).OfType<TrainingCompleted>().Single().Model.Weights.Digest);

    public async ValueTask InitializeAsync()
    {
        tiny = await TinyExperiment.New(postgres);
        originals = (await tiny.Run()).Done;
    }

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task What_was_deleted_a_replay_makes_again_with_the_same_bytes()
    {
        File.Delete(Store.PathOf(Weights));

        var replay = await Replay();

        replay.Verdict.ShouldBe(ReplayVerdict.Identical, string.Join('\n', replay.Replay.Steps.Values.Select(step => step.Compared)));

        Store.Verify(Weights);
    }

    [Fact]
    public async Task What_was_altered_makes_a_replay_incomparable_and_stays_as_it_is_for_whoever_looks_into_it()
    {
        var altered = Alter(Weights);

        var replay = await Replay();

        replay.Verdict.ShouldBe(ReplayVerdict.NotComparable);
        replay.Judged.FirstDivergentStep.ShouldBe("base");
        replay.Replay.Steps["base"].Failure!.ShouldSatisfyAllConditions(
            failure => failure.Code.ShouldBe("corrupt-artifact"),
            failure => failure.Message.ShouldContain(Store.PathOf(Weights)),
            failure => failure.Message.ShouldContain("Move that file away"));
        replay.Replay.Steps["base"].Compared!.Verdict.ShouldBe("not-comparable");
        (await File.ReadAllBytesAsync(Store.PathOf(Weights), Stop)).ShouldBe(altered);
    }

    [Fact]
    public async Task A_source_that_was_deleted_is_not_taken_over_but_computed_again()
    {
        File.Delete(Store.PathOf(Weights));

        var report = await tiny.Run(Attacked, amend: "a larger radius");

        report.Done.ShouldAllBe(run => run.Status == RunStatus.Completed);
        report.Done.Count(run => run.Steps["base"].Status == StepStatus.Done).ShouldBe(1);
        Store.Verify(Weights);
    }

    [Fact]
    public async Task A_source_that_was_altered_without_changing_its_size_is_neither_taken_over_nor_replaced()
    {
        var altered = Alter(Weights);

        var report = await tiny.Run(Attacked, amend: "a larger radius");

        report.Done.ShouldAllBe(run => run.Status == RunStatus.Failed && run.Steps["base"].Failure!.Code == "corrupt-artifact");
        (await File.ReadAllBytesAsync(Store.PathOf(Weights), Stop)).ShouldBe(altered);
    }

    [Fact]
    public async Task Other_data_than_the_run_read_makes_a_replay_incomparable()
    {
        var root = Path.Combine(tiny.Folder, "data");
        Directory.CreateDirectory(Path.Combine(root, StepSituation.Sample.Name));
        foreach (var file in Directory.GetFiles(StepSituation.Sample.Folder))
            File.Copy(file, Path.Combine(root, StepSituation.Sample.Name, Other(Path.GetFileName(file))));

        var replay = await Replay(new WorkshopOpening(tiny.Home, new DatasetCatalog(DataSources.All, [root]), TinyExperiment.Fold, TimeProvider.System));

        replay.Verdict.ShouldBe(ReplayVerdict.NotComparable);
        replay.Replay.Steps["base"].Compared!.FirstDifference.ShouldBe("the examples in role data are others");
        replay.Judged.Causes.ShouldContain(cause => cause.StartsWith("data fashion-mnist-sample.train", StringComparison.Ordinal));
    }

    /// <summary>Training and test images change places.</summary>
    private static string Other(string file) => file.StartsWith("train", StringComparison.Ordinal)
        ? file.Replace("train", "t10k", StringComparison.Ordinal)
        : file.Replace("t10k", "train", StringComparison.Ordinal);

    private byte[] Alter(ContentHash artifact)
    {
        var path = Store.PathOf(artifact);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        return bytes;
    }

    private async Task<Replayed> Replay(WorkshopOpening? opening = null) => (await tiny.Replay([originals[0].Run], opening: opening)).Replays.Single();
}
