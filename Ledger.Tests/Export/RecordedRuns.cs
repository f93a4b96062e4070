using System.Text.Json;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Tests.Support;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ledger.Tests.Export;

/// <summary>
/// A ledger in a real database with two runs of one experiment: the first trains, prunes and attacks; the second takes the
/// first one's network over and attacks it. The first was retracted afterwards.
/// </summary>
public sealed class RecordedRuns(PostgresFixture postgres) : IAsyncLifetime
{
    public const string First = "01FIRSTRUN", Second = "01SECONDRUN", Yaml = "ledger: 1\nexperiment: tiny\n";

    private const string Experiment = "01EXPERIMENT";

    private const string Attack = """
        {"kind":"attack","adversary":{"name":"weak","threat":{"norm":"linf","eps":"8/255","space":"pixel","clip":true},"attack":{"attack":"fgsm"}},
         "data":{"source":"tiny","split":"test"}}
        """;

    private static readonly string SpecDigest = new('5', 64);

    private static readonly Actor Someone = new(Experiment, "test", "ada", "desk", "ledger/test");

    private readonly ScratchFolder _scratch = new();

    private OpenedLedger _ledger = null!;

    public async ValueTask InitializeAsync()
    {
        string connection = await postgres.CreateDatabase("export");
        _ledger = OpenedLedger.At(new LedgerPlace(connection, _scratch.Path));
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        await Migrate.Apply(store, Someone, CancellationToken.None);
        foreach (var (stream, events) in Streams(new ArtifactStore(_scratch.Path)))
            await store.Append(stream, 0, $"write {stream}", events, Someone, CancellationToken.None);
        await store.Advance(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    public async Task<T> Send<T>(IRequest<T> request)
    {
        await using var services = Edge.Services(_ledger).BuildServiceProvider();
        return await services.GetRequiredService<IMediator>().Send(request, CancellationToken.None);
    }

    public OpenedLedger Open() => OpenedLedger.At(_ledger.Place);

    /// <summary>Position of the only event of that type in the run's stream.</summary>
    public async Task<long> Position(string run, string wireName)
    {
        await using var command = _ledger.Source.CreateCommand($"select position from ledger_log.log where stream = 'run/{run}' and type = '{wireName}'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static IEnumerable<(string Stream, object[] Events)> Streams(ArtifactStore artifacts)
    {
        ModelRef trained = Model(artifacts, seed: 1), pruned = Model(artifacts, seed: 2);
        PlannedStep train = Step("base", "train", "{}"), attack = Step("weak/fgsm", "attack", Attack, "base");
        yield return ($"experiment/{Experiment}", [new Registered("tiny", "", Json("{}"), SpecDigest, Yaml, null)]);
        yield return ($"run/{First}",
        [
            Planned(1, train, Step("pruned", "compress", "{}", "base"), Step("weak/fgsm", "attack", Attack, "pruned")),
            new TrainingCompleted("base", trained, 1, 10, 0.5, 10, 1),
            new CompressionCompleted("pruned", pruned, "magnitude", 0.5, 0.5, 4, 2, null, 1),
            Attacked(artifacts, 1),
        ]);
        yield return ($"run/{Second}",
        [
            Planned(2, train, attack),
            new StepReused("base", First, "base", new string('6', 64), new StepKeyFields("train", Json("{}"), new Dictionary<string, string>(), new Dictionary<string, string>(), "code", "class")),
            Attacked(artifacts, 2),
        ]);
        yield return ($"review/{First}", [new Retracted("wrong labels")]);
    }

    private static Planned Planned(int number, params PlannedStep[] steps) =>
        new(Experiment, SpecDigest, number, new Dictionary<string, string>(), 1, 1, steps);

    private static PlannedStep Step(string path, string kind, string config, string? model = null) =>
        new(path, kind, Json(config), model is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = model }, [path]);

    private static AttackCompleted Attacked(ArtifactStore artifacts, byte number) =>
        new("weak/fgsm", Ref(artifacts.Put([.. "PAR1"u8, number])), new string('7', 64), 8, 6, 4, "3d008081", 0.03, "exact", 8, 0.03, 1);

    private static ModelRef Model(ArtifactStore artifacts, int seed)
    {
        Architecture architecture = Networks.Residual();
        return new ModelRef(Ref(artifacts.Put(CanonicalJson.Bytes(architecture))), Ref(artifacts.Put(SafeTensors.Write(Networks.State(architecture, seed)))));
    }

    private static ArtifactRef Ref(StoredArtifact stored) => new(stored.Hash.ToString(), stored.Size);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
