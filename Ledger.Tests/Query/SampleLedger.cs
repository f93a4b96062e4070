using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Tests.Support;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary>
/// A small ledger whose every number is known: two seeds of a standard network, plain and quantized. The second point takes its base
/// network over from the first; one run failed, one is a replay.
/// </summary>
public sealed class SampleLedger(PostgresFixture postgres) : IAsyncLifetime
{
    public const string Experiment = "01JD0000000000000000000000";

    public static readonly string[] Runs = [.. "ABCDEFGH".Select(letter => $"01JE{letter}0000000000000000000{letter}0")];

    public static readonly Actor Someone = new(Experiment, "test", "ada", "desk", "ledger/test");

    private LedgerStore? _store;

    public LedgerStore Store => _store!;

    public LedgerPlace Place { get; private set; } = new("", "");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Place = new LedgerPlace(await postgres.CreateDatabase("sample"), "artifacts");
        _store = LedgerStore.Open(Place.ConnectionString, TimeProvider.System);
        await Migrate.Apply(Store, Someone, Stop);
        await Append($"experiment/{Experiment}", new Registered("sample", "A sample.", Json("""{"a":1}"""), Digest('5'), "ledger: 1", "cpu"));
        await Append($"run/{Runs[0]}", Plain(1, seed: 1, weights: '1', clean: 850, broken: 640));
        await Append($"run/{Runs[1]}", Plain(2, seed: 2, weights: '2', clean: 840, broken: 650));
        await Append($"run/{Runs[2]}", Quantized(3, seed: 1, Runs[0], clean: 848, broken: 630));
        await Append($"run/{Runs[3]}", Quantized(4, seed: 2, Runs[1], clean: 839, broken: 655));
        await Append($"run/{Runs[4]}", Failing(5));
        await Append($"run/{Runs[5]}", Replay(6));
        await Append($"review/{Runs[4]}", new Annotated("the disk was full"), new FlagRaised("base", "diverged", 9, 5, "loss rose"));
        await Store.Advance(Stop);
    }

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    public Task Append(string stream, params object[] events) => Store.Append(stream, 0, $"make {stream}", events, Someone, Stop);

    public static string Digest(char digit) => new(digit, 64);

    private static object[] Plain(int number, long seed, char weights, int clean, int broken) =>
    [
        Plan(number, seed, "none", [Step("base", "train"), .. Evaluated("base")]),
        .. Begin(),
        new StepStarted("base", Digest(weights), Fields("train")),
        new EpochCompleted("base", 1, 0.9, 0.7, 0.1, Digest('e'), 5000, 2.5),
        new EpochCompleted("base", 2, null, 0.8, 0.1, Digest(weights), 5000, 2.5),
        new TrainingCompleted("base", Model(weights), 2, 5000, 0.4, 10_000, 5),
        .. Evaluate(clean, broken, 421_642, "exact"),
        new Completed(14),
    ];

    private static object[] Quantized(int number, long seed, string source, int clean, int broken) =>
    [
        Plan(number, seed, "int8", [Step("base", "train"), Step("small", "compress", "base"), .. Evaluated("small")]),
        .. Begin(),
        new StepReused("base", source, "base", Digest('1'), Fields("train")),
        new StepStarted("small", Digest('9'), Fields("compress")),
        new CompressionCompleted("small", Model('8'), "ptq", 8, 8, 421_642, 420_000, null, 0.4, GradientEvaluations: 700),
        .. Evaluate(clean, broken, 421_642, "straight-through"),
        new ResultFlagged("pgd", "gradient-masking", 0.3, 0.1),
        new Completed(14),
    ];

    /// <summary>A run that has begun its first step.</summary>
    public static object[] Begun(int number) => [Plan(number, 4, "none", [Step("base", "train"), .. Evaluated("base")]), .. Begin(), new StepStarted("base", Digest('2'), Fields("train"))];

    private static object[] Failing(int number) =>
    [
        Plan(number, 3, "none", [Step("base", "train"), .. Evaluated("base")]),
        .. Begin(),
        new StepStarted("base", Digest('3'), Fields("train") with { CodeFingerprint = "0ther" }),
        new StepFailed("base", "out-of-memory", "The process was killed."),
        new Failed(["base"], 6),
    ];

    private static object[] Replay(int number) =>
    [
        Plan(number, 1, "none", [Step("base", "train"), .. Evaluated("base")]) with { ReplayOf = Runs[0] },
        .. Begin(),
        new StepStarted("base", Digest('1'), Fields("train")),
        new TrainingCompleted("base", Model('1'), 2, 5000, 0.4, 10_000, 5),
        .. Evaluate(100, 100, 1, "exact"),
        new StepCompared("base", "identical", null, 0, 0),
        new ReplayJudged(Runs[0], "identical", null, []),
        new Completed(14),
    ];

    private static object[] Begin() =>
    [
        new Started(Facts, Digest('c'), new Worker("desk", 7, "ledger/test")),
        new DatasetPinned("fashion-mnist test first 1000", "fashion-mnist", "test", 1000, [1, 28, 28], 10, Digest('d')),
    ];

    private static PlannedStep[] Evaluated(string model) =>
        [Step("clean", "measure", model), Step("fgsm", "attack", model, Attack("fgsm", """{"attack":"fgsm"}""")), Step("pgd", "attack", model, Attack("pgd", Pgd))];

    private static object[] Evaluate(int clean, int broken, long parameters, string gradient) =>
    [
        new StepStarted("clean", Digest('b'), Fields("measure")),
        new MeasurementCompleted(
            "clean",
            [
                new MetricValue("accuracy", clean / 1000.0, "fraction", MetricClass.Computed),
                new MetricValue("parameters", parameters, "count", MetricClass.Computed),
                new MetricValue("size_bytes", 4 * parameters, "bytes", MetricClass.Computed),
                new MetricValue("macs", 4_241_152, "count", MetricClass.Computed),
                new MetricValue("latency_ms_p50", 12, "ms", MetricClass.Observed),
                new MetricValue("latency_batch", 64, "count", MetricClass.Observed),
            ],
            Outcomes('6'), Digest('0'), 0.5),
        new StepStarted("fgsm", Digest('7'), Fields("attack")),
        new AttackCompleted("fgsm", Outcomes('7'), Digest('0'), 1000, clean, broken - 100, "3dcccccd", 0.1, gradient, 1000, 0.1, 0.25),
        new StepStarted("pgd", Digest('a'), Fields("attack")),
        new AttackCompleted("pgd", Outcomes('a'), Digest('0'), 1000, clean, broken, "3dcccccd", 0.01, gradient, 20_000, 0.1, 2.25),
    ];

    private static Planned Plan(int number, long seed, string compress, IReadOnlyList<PlannedStep> steps) =>
        new(Experiment, Digest('5'), number, new Dictionary<string, string> { ["compress"] = compress }, seed, 1, steps);

    private static PlannedStep Step(string path, string kind, string? model = null, string? config = null) => new(
        path, kind, Json(config ?? $$"""{"kind":"{{kind}}"}"""), model is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = model }, [path]);

    private static string Attack(string name, string attack) => $$"""
        {"kind":"attack","adversary":{"name":"{{name}}","threat":{"norm":"linf","eps":"1/10","space":"pixel","clip":true},"attack":{{attack}} },
         "data":{"source":"fashion-mnist","split":"test","first":1000,"held":false} }
        """;

    private const string Pgd = """{"attack":"pgd","steps":20,"stepSize":"eps/4","start":"random","restarts":1}""";

    private static StepKeyFields Fields(string kind) => new(
        kind, Json($$"""{"kind":"{{kind}}"}"""), new Dictionary<string, string>(), new Dictionary<string, string> { ["attack"] = "17" }, "c0de", Digest('c'));

    private static EnvironmentFacts Facts => new(
        new EnvironmentClass("2.10.0", "cpu", "GenuineIntel", "avx512", 1, "cpu", new Dictionary<string, bool>(), new Dictionary<string, string>()),
        "Debian 12", "6.1", "x64", "Some CPU", 2, 8_000_000_000, "10.0.4", "ledger/test", Digest('f'));

    private static ModelRef Model(char digit) => new(new ArtifactRef(Digest('4'), 900), new ArtifactRef(Digest(digit), 1_686_568));

    private static ArtifactRef Outcomes(char digit) => new(Digest(digit), 12_000);

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
