using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Tests.Support;
using Xunit;

namespace Ledger.Tests.Lineage;

/// <summary>
/// Two runs: one trains on data d, compresses what came of it and attacks that on data e; the other takes the trained network over and attacks it.
/// Every network has the same architecture.
/// </summary>
public sealed class LinedLedger(PostgresFixture postgres) : IAsyncLifetime
{
    public const string First = "01JHA0000000000000000000A0";

    private const string Experiment = "01JH0000000000000000000000", Second = "01JHB0000000000000000000B0";

    private static readonly Actor Someone = new(Experiment, "test", "ada", "desk", "ledger/test");

    public LedgerPlace Place { get; private set; } = new("", "");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Place = new LedgerPlace(await postgres.CreateDatabase("lineage"), "artifacts");
        await using var store = LedgerStore.Open(Place.ConnectionString, TimeProvider.System);
        await Migrate.Apply(store, Someone, Stop);
        await Append(store, $"experiment/{Experiment}", new Registered("lined", "", Json("{}"), D('5'), "ledger: 1", null));
        await Append(
            store, $"run/{First}", Plan(1, Step("base", "train"), Step("small", "compress", "base"), Step("weak", "attack", "small")), Started,
            new DatasetPinned("digits.train", "digits", "train", 100, [1, 2, 2], 10, D('d')), new DatasetPinned("digits.test", "digits", "test", 50, [1, 2, 2], 10, D('e')),
            Begun("base", "train", ("data", 'd')), new TrainingCompleted("base", Model('1'), 1, 100, 0.1, 100, 1),
            Begun("small", "compress", ("model.weights", '1'), ("model.architecture", '4')), new CompressionCompleted("small", Model('2'), "ptq", 8, 8, 10, 10, null, 0.1),
            Begun("weak", "attack", ("data", 'e'), ("model.weights", '2'), ("model.architecture", '4')), Attacked("weak", '7', broken: 30));
        await Append(
            store, $"run/{Second}", Plan(2, Step("base", "train"), Step("weak", "attack", "base")), Started,
            new StepReused("base", First, "base", D('b'), Fields("train", ("data", 'd'))),
            Begun("weak", "attack", ("data", 'e'), ("model.weights", '1'), ("model.architecture", '4')), Attacked("weak", '8', broken: 40));
        await store.Advance(Stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task Append(LedgerStore store, string stream, params object[] events) => store.Append(stream, 0, $"make {stream}", events, Someone, Stop);

    private static Planned Plan(int number, params PlannedStep[] steps) => new(Experiment, D('5'), number, new Dictionary<string, string>(), 1, 1, steps);

    private static PlannedStep Step(string path, string kind, string? model = null) =>
        new(path, kind, Json(kind == "attack" ? Attack : $$"""{"kind":"{{kind}}"}"""), model is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = model }, [path]);

    private static StepStarted Begun(string step, string kind, params (string Role, char Digit)[] inputs) => new(step, D('b'), Fields(kind, inputs));

    private static StepKeyFields Fields(string kind, params (string Role, char Digit)[] inputs) => new(
        kind, Json("{}"), inputs.ToDictionary(input => input.Role, input => D(input.Digit)), new Dictionary<string, string> { ["attack"] = "17" }, "c0de", D('c'));

    private static AttackCompleted Attacked(string step, char outcomes, int broken) =>
        new(step, new ArtifactRef(D(outcomes), 100), D('0'), 100, 70, broken, "3dcccccd", 0.1, "exact", 100, 0.1, 0.25);

    private static ModelRef Model(char weights) => new(new ArtifactRef(D('4'), 900), new ArtifactRef(D(weights), 1000));

    private static Started Started { get; } = new(
        new EnvironmentFacts(
            new EnvironmentClass("2.10.0", "cpu", "GenuineIntel", "avx512", 1, "cpu", new Dictionary<string, bool>(), new Dictionary<string, string>()),
            "Debian 12", "6.1", "x64", "Some CPU", 2, 8_000_000_000, "10.0.4", "ledger/test", D('f')),
        D('c'), new Worker("desk", 7, "ledger/test"));

    private const string Attack = """
        {"kind":"attack","adversary":{"name":"pgd","threat":{"norm":"linf","eps":"1/10","space":"pixel","clip":true},"attack":{"attack":"fgsm"} },"data":{"source":"digits","split":"test"} }
        """;

    public static string D(char digit) => new(digit, 64);

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
