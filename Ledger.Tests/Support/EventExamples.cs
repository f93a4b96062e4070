using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Origin;
using Ledger.Domain.Runs;

namespace Ledger.Tests.Support;

/// <summary>One example of every event, with every optional member present.</summary>
internal static class EventExamples
{
    private const string Ulid = "01JD8Z5QK3V7W9X1Y2Z3A4B5C6";
    private static readonly string Digest = new('a', 64);

    public static readonly EnvironmentFacts Environment = new(
        new EnvironmentClass("2.10.0", "cpu", "GenuineIntel", "avx512", 2, "cpu", Map("deterministic-algorithms", true), Map("OMP_NUM_THREADS", "2")),
        "Debian 12", "6.1", "x64", "Xeon", 4, 8L << 30, "10.0.1", "ledger 0.1", Digest, "c0ffee", true, Digest);

    public static readonly StepKeyFields Fields =
        new("train", Json("""{"kind":"train","lr":0.1}"""), Map("model", Digest), Map("batches", "18446744073709551615"), Digest, Digest);

    private static readonly ModelRef Model = new(new ArtifactRef(Digest, 512), new ArtifactRef(new string('b', 64), 204_800));

    public static IReadOnlyList<object> All { get; } =
    [
        new Registered("quickstart", "A small study.", Json("""{"checks":{"A":{"expect":"a > b"}},"seeds":[1,2]}"""), Digest, "ledger: 1\n", "cpu"),
        new Amended(Json("""{"checks":{}}"""), Digest, "ledger: 1\n", "full", "more seeds"),
        new Withdrawn("wrong data"),
        new ChecksJudged(42, [new CheckVerdict("A", "held", "pre", Json("""{"difference":0.031,"interval":[0.01,0.052]}"""))]),

        new Planned(
            Ulid, Digest, 3, Map("compress", "none"), 7, 2,
            [new PlannedStep("base", "train", Json("""{"kind":"train"}"""), Map<string>(), ["base"]), new PlannedStep("clean", "measure", Json("""{"kind":"measure"}"""), Map("model", "base"), ["base", "clean"])],
            Ulid),
        new Started(Environment, Digest, new Worker("desk", 4711, "ledger 0.1")),
        new DatasetPinned("fmnist.test[first 100]", "fashion-mnist", "test", 100, [1, 28, 28], 10, Digest),
        new StepStarted("base", Digest, Fields),
        new EpochCompleted("base", 1, 0.693147180559945, 0.5, 1e-3, Digest, 60_000, 12.5),
        new TrainingCompleted("base", Model, 2, 60_000, 0.25, 120_000, 25),
        new CompressionCompleted("pruned", Model, "magnitude", 0.9, 0.9001, 51_200, 5_120, 1e-6, 0.125),
        new AttackCompleted("pgd", new ArtifactRef(Digest, 4096), Digest, 100, 90, 45, "3d00810f", 0.007843137, "straight-through", 900, 0.03137255, 3.5),
        new MeasurementCompleted("clean", [new MetricValue("accuracy", 0.9, "fraction", MetricClass.Computed)], new ArtifactRef(Digest, 4096), Digest, 0.5),
        new StepReused("base", Ulid, "base", Digest, Fields),
        new StepFailed("base", "out-of-memory", "killed by the kernel"),
        new ResultFlagged("pgd", "zero-gradients", 0.4, 0.1),
        new Resumed(new Worker("desk", 4712, "ledger 0.1"), 2),
        new Completed(12),
        new Failed(["base"], 9),
        new Cancelled("asked"),
        new Paused("Ctrl-C"),
        new StepCompared("base", "close", "epoch 2", 1e-7, 3),
        new ReplayJudged(Ulid, "diverged", "base", ["class.cpuIsa: avx2, was avx512"]),

        new Annotated("see notebook"),
        new Retracted("leaked labels"),
        new Superseded(Ulid, "fixed split"),
        new ArtifactReleased(Digest, 204_800, "space"),
        new FlagRaised("pgd", "too-good", 0.99, 0.9, "better than clean"),
        new CancelAsked("not needed"),
        new PauseAsked("machine needed"),

        new LedgerFounded(Ulid),
        new SchemaMigrated(1, "ledger 0.1"),
        new ProjectionDefined("attacks", Digest, "select 1"),
        new KeyIntroduced("desk+1a2b3c4d", "AAAA", "desk+00000000"),
        new Imported(Ulid, 12, Digest),
        new Verified(12, 0, true),
    ];

    private static Dictionary<string, T> Map<T>() => new(StringComparer.Ordinal);

    private static Dictionary<string, T> Map<T>(string key, T value) => new(StringComparer.Ordinal) { [key] = value };

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
