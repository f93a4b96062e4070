using System.Globalization;
using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Tests.Support;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary>
/// A small study whose every number follows from a rule: two trainings × four weights × two seeds, attacked at five radii and by a second attack at
/// one of them, an ensemble with parts, a check held and one never judged, a run retracted, one failed, names full of markup.
/// </summary>
public sealed class StudyLedger(PostgresFixture postgres) : IAsyncLifetime
{
    public const string Slug = "study";

    private const string Experiment = "01JF0000000000000000000000";
    private const int Examples = 40;

    private static readonly Actor Someone = new(Experiment, "test", "ada", "desk", "ledger/test");
    private static readonly string[] Weights = ["0", "0.001", "0.01", "0.1"], Radii = ["1/255", "2/255", "4/255", "8/255", "0.1"];

    private LedgerStore? _store;
    private int _number;

    public LedgerPlace Place { get; private set; } = new("", "");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Place = new LedgerPlace(await postgres.CreateDatabase("study"), "artifacts");
        _store = LedgerStore.Open(Place.ConnectionString, TimeProvider.System);
        await Migrate.Apply(_store, Someone, Stop);
        await Append(
            $"experiment/{Experiment}", new Registered(Slug, "A *study* of <b>weights</b> | and attacks.", Json(Spec), Digest('5'), "ledger: 1", "cpu"),
            new Amended(Json(Spec), Digest('6'), "ledger: 1", "cpu", "one more seed"));
        foreach (long seed in new[] { 1L, 2L })
        {
            foreach (string training in new[] { "standard", "adversarial" })
            {
                foreach (var (i, weight) in Weights.Index())
                    await Append($"run/{Run(++_number)}", Whole(training, weight, seed, standing: (training == "standard" ? 14 : 26) - (2 * i) + (int)seed));
            }
        }

        await Append($"run/{Run(++_number)}", Plan("standard", "0", 3, []), new Started(Facts, Digest('c'), new Worker("desk", 7, "ledger/test")),
            new StepStarted("base", Digest('b'), Fields("train")), new StepFailed("base", "diverged", "loss became NaN | at epoch 2"), new Failed(["base"], 5));
        await Append($"review/{Run(16)}", new Retracted("wrong labels"));
        await _store.Append($"experiment/{Experiment}", 2, "judge", [new ChecksJudged(200, [new CheckVerdict("C1", "held", "pre", Json("""{"spearman":-0.91234567,"interval":[-0.98,-0.8],"points":[1,2,3,4,5,6,7]}""")), new CheckVerdict("C3", "not held", "post hoc", Json("""
            {"claim":"clean accuracy is the same within 0.01","unit":"seed","level":0.95,"comparisons":2,"correction":"Holm","leftOut":["weight 0.1: one seed"],"parts":[
             {"at":"weight 0","of":"difference","estimate":0.021,"low":0.012,"high":0.03,"n":2,"p":0.00012,"verdict":"not held","method":"paired t"},
             {"at":"weight 0.01","of":"difference","n":1,"verdict":"inconclusive","why":"one | seed"}]}
            """))])], Someone, Stop);
        await _store.Advance(Stop);
    }

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    private const string Spec = """
        {
          "checks": {"C1": {"trend": "robust_accuracy", "along": "weight", "spearman": "<= -0.8"}, "C2": {"value": "a|b"}, "C3": {"equivalent": "clean_accuracy"}},
          "show": {
            "table": [{"kind":"axis","name":"training"},{"kind":"axis","name":"weight"},{"kind":"metric","name":"accuracy"},{"kind":"robust","name":"fgsm"},{"kind":"value","name":"sparsity"}]
          }
        }
        """;

    private object[] Whole(string training, string weight, long seed, int standing)
    {
        PlannedStep[] attacks = [Attack("fgsm", "fgsm", "8/255"), .. Radii.Select(eps => Attack($"curve/{eps}", "curve", eps)), Attack("both", "both", "0.1")];
        var events = new List<object>
        {
            Plan(training, weight, seed, attacks),
            new Started(Facts, Digest('c'), new Worker("desk", 7, "ledger/test")),
            new DatasetPinned("small test", "small", "test", Examples, [1, 2, 2], 10, Digest('d')),
            new StepStarted("base", Digest('b'), Fields("train")),
            new EpochCompleted("base", 1, 0.5, 0.8, 0.1, Digest('e'), 900, 1.5, 0.6, 0.75, [new LossTerm("nuclear", double.Parse(weight, CultureInfo.InvariantCulture) * 30, 0.25)]),
            new TrainingCompleted("base", new ModelRef(new ArtifactRef(Digest('4'), 900), new ArtifactRef(Digest('1'), 400)), 1, 900, 0.5, 900, 1.5, 1),
            new StepStarted("size", Digest('b'), Fields("measure")),
            new MeasurementCompleted(
                "size",
                [
                    new MetricValue("clean_accuracy", 0.9, "fraction", MetricClass.Computed), new MetricValue("sparsity", seed / 10.0, "fraction", MetricClass.Computed),
                    new MetricValue("macs", 1000 * standing, "count", MetricClass.Computed), new MetricValue("operator_norm_2", standing, "", MetricClass.Computed, "fc1"),
                    new MetricValue("corruption_accuracy", seed / 8.0, "fraction", MetricClass.Computed, "fog/1"), new MetricValue("corruption_accuracy", seed / 4.0, "fraction", MetricClass.Computed, "fog/2"),
                ],
                null, null, 0.5),
        };
        foreach (var (i, attack) in attacks.Index())
        {
            events.Add(new StepStarted(attack.Path, Digest('b'), Fields("attack")));
            events.Add(Attacked(attack.Path, attack.Path == "fgsm" ? standing + 2 : Math.Max(0, standing + 10 - (4 * i)), first: attack.Path == "fgsm" ? 0 : 1));
        }

        events.Add(new ResultFlagged("curve/1/255", "black-box-better", seed, 0.5));
        events.Add(new Completed(events.Count + 1));
        return [.. events];
    }

    /// <summary>Of the first 36 examples, all right, so many stand, from the given one on.</summary>
    private static AttackCompleted Attacked(string path, int standing, int first)
    {
        Outcome[] outcomes = [.. Enumerable.Range(0, Examples).Select(i => new Outcome(i, 0, 0, 1, i < 36, i < 36 && (i < first || i >= first + standing), null, null, 0, null, null, null, 1, null))];
        int broken = outcomes.Count(outcome => outcome.Broken);
        return new AttackCompleted(
            path, new ArtifactRef(Digest('a'), 100), Digest('0'), Examples, 36, broken, "3dcccccd", 0.1, "exact", 100, 0.1, 0.5,
            path == "both" ? [new AttackPart("apgd-ce", 36, broken - 1, 80, 10, 0.4), new AttackPart("apgd-t", 37 - broken, 1, 20, 5, 0.1)] : null, 15,
            Metrics: path == "both" ? [new MetricValue("median_distance", 0.03, "pixels", MetricClass.Computed)] : null, Standing: StandingExamples.Of(outcomes));
    }

    private Planned Plan(string training, string weight, long seed, IReadOnlyList<PlannedStep> attacks) => new(
        Experiment, Digest('6'), _number, new Dictionary<string, string> { ["training"] = training, ["weight"] = weight }, seed, 1,
        [Step("base", "train", """{"kind":"train"}"""), Step("size", "measure", """{"kind":"measure"}""", "base"), .. attacks]);

    private static PlannedStep Attack(string path, string adversary, string eps) => Step(path, "attack", $$"""
        {"kind":"attack","adversary":{"name":"{{adversary}}","threat":{"norm":"linf","eps":"{{eps}}","space":"pixel","clip":true},"attack":{"attack":"{{(adversary == "fgsm" ? "fgsm" : "apgd-ce")}}"} },
         "data":{"source":"small","split":"test"} }
        """, "base");

    private static PlannedStep Step(string path, string kind, string config, string? model = null) => new(
        path, kind, Json(config), model is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = model }, [path]);

    private Task Append(string stream, params object[] events) => _store!.Append(stream, 0, $"make {stream}", events, Someone, Stop);

    private static string Run(int number) => $"01JG{number:00}00000000000000000000";

    private static string Digest(char digit) => new(digit, 64);

    private static StepKeyFields Fields(string kind) => new(kind, Json("{}"), new Dictionary<string, string>(), new Dictionary<string, string> { ["attack"] = "17" }, "c0de", Digest('c'));

    private static EnvironmentFacts Facts => new(
        new EnvironmentClass("2.10.0", "cpu", "GenuineIntel", "avx512", 1, "cpu", new Dictionary<string, bool>(), new Dictionary<string, string>()),
        "Debian 12", "6.1", "x64", "Some CPU", 2, 8_000_000_000, "10.0.4", "ledger/test", Digest('f'), "c0ffee00c0ffee00", true, Digest('f'));

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
