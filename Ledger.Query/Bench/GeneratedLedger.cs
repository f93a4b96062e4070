using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;

namespace Ledger.Query.Bench;

/// <summary>
/// A ledger's worth of events of a realistic mix, the same for the same seed: experiments with runs of eleven steps and sixty epochs,
/// every fourth run taking its base network over from an earlier one. Nothing in it was computed.
/// </summary>
internal sealed class GeneratedLedger(ulong seed)
{
    private const int RunsPerExperiment = 100;

    private ulong _state = seed;

    /// <summary>Streams with their events, until there are at least so many.</summary>
    public IEnumerable<(string Stream, IReadOnlyList<object> Events)> Streams(int atLeast)
    {
        string experiment = "";
        StepReused? source = null;
        int total = 0;
        for (int number = 0; total < atLeast; number++)
        {
            if (number % RunsPerExperiment == 0)
            {
                experiment = Id();
                yield return ($"experiment/{experiment}", [new Registered($"generated-{number}", "", Json("{}"), EmptySpec, "", null)]);
                total++;
            }

            string run = Id();
            bool reuse = number % 4 == 3;
            var events = Run(experiment, number, reuse ? source : null);
            if (!reuse)
                source = events.OfType<StepStarted>().Select(step => new StepReused(step.Step, run, step.Step, step.Key, step.Fields)).First();
            yield return ($"run/{run}", events);
            total += events.Count;
        }
    }

    private List<object> Run(string experiment, int number, StepReused? source)
    {
        PlannedStep[] steps =
        [
            Step("base", "train", """{"kind":"train"}"""),
            Step("pruned", "compress", """{"kind":"compress"}""", "base"),
            Step("tuned", "train", """{"kind":"train"}""", "pruned"),
            Step("clean", "measure", """{"kind":"measure"}""", "tuned"),
            Step("size", "measure", """{"kind":"measure"}""", "tuned"),
            .. Enumerable.Range(1, 6).Select(i => Step($"attack-{i}", "attack", Attack(i), "tuned")),
        ];
        var point = new Dictionary<string, string>(StringComparer.Ordinal) { ["compress"] = $"filters/0.{1 + number % 9}" };
        var events = new List<object>
        {
            new Planned(experiment, Digest(), 1 + number % RunsPerExperiment, point, number % 3, 1, steps),
            new Started(Facts, "cafe", new Worker("desk", 1, "ledger/bench")),
            new DatasetPinned("generated test", "generated", "test", 1000, [1, 28, 28], 10, Digest()),
        };
        foreach (var step in steps)
            events.AddRange(step.Path == "base" && source is not null ? [source] : Work(step));
        events.Add(new Completed(events.Count + 1));
        return events;
    }

    private IEnumerable<object> Work(PlannedStep step)
    {
        var fields = Fields(step);
        yield return new StepStarted(step.Path, StepKey.Of(fields).ToString(), fields);
        int epochs = step switch { { Path: "base" } => 40, { Kind: "train" } => 20, _ => 0 };
        for (int epoch = 1; epoch <= epochs; epoch++)
            yield return new EpochCompleted(step.Path, epoch, 1.0 / epoch, Fraction(), 0.1, Digest(), 60_000, 1 + Fraction());
        yield return step.Kind switch
        {
            "train" => new TrainingCompleted(step.Path, Model(), epochs, 10_000, Fraction(), 60_000 * epochs, 10 * Fraction()),
            "compress" => new CompressionCompleted(step.Path, Model(), "filter", 0.5, 0.5, 421_642, 210_000, null, Fraction()),
            "attack" => new AttackCompleted(step.Path, Artifact(), "e0", 1000, 850, (int)(850 * Fraction()), "3dcccccd", 0.01, "exact", 20_000, 0.1, Fraction()),
            _ => new MeasurementCompleted(step.Path, Metrics(step.Path), step.Path == "clean" ? Artifact() : null, null, Fraction()),
        };
    }

    private MetricValue[] Metrics(string step) => step == "clean"
        ? [new MetricValue("accuracy", Fraction(), "fraction", MetricClass.Computed)]
        :
        [
            new MetricValue("parameters", 421_642, "count", MetricClass.Computed),
            new MetricValue("size_bytes", 1_686_568, "bytes", MetricClass.Computed),
            new MetricValue("macs", 4_241_152, "count", MetricClass.Computed),
            new MetricValue("latency_ms_p50", Fraction(), "ms", MetricClass.Observed),
        ];

    private static PlannedStep Step(string path, string kind, string config, string? model = null) => new(
        path, kind, Json(config), model is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(StringComparer.Ordinal) { ["model"] = model }, [path]);

    private static string Attack(int eps) => new JsonObject
    {
        ["kind"] = "attack",
        ["adversary"] = new JsonObject
        {
            ["name"] = $"pgd-{eps}",
            ["threat"] = new JsonObject { ["norm"] = "linf", ["eps"] = $"{eps}/255", ["space"] = "pixel", ["clip"] = true },
            ["attack"] = new JsonObject { ["attack"] = "pgd", ["steps"] = 20, ["stepSize"] = "eps/4", ["start"] = "random", ["restarts"] = 1 },
        },
        ["data"] = new JsonObject { ["source"] = "generated", ["split"] = "test", ["first"] = 1000 },
    }.ToJsonString();

    private StepKeyFields Fields(PlannedStep step) => new(
        step.Kind, step.Config, step.Inputs.ToDictionary(input => input.Key, _ => Digest(), StringComparer.Ordinal),
        new Dictionary<string, string>(StringComparer.Ordinal) { ["attack"] = Next().ToString() }, "c0de", "cafe");

    private static EnvironmentFacts Facts { get; } = new(
        new EnvironmentClass("2.10.0", "cpu", "GenuineIntel", "avx512", 1, "cpu", new Dictionary<string, bool>(), new Dictionary<string, string>()),
        "Debian 12", "6.1", "x64", "generated", 2, 8_000_000_000, "10.0.4", "ledger/bench", "0");

    private static string EmptySpec { get; } = CanonicalSpec.Digest(Json("{}"));

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private ModelRef Model() => new(Artifact(), Artifact());

    private ArtifactRef Artifact() => new(Digest(), 1000 + (long)(Next() % 1_000_000));

    private string Digest() => $"{Next():x16}{Next():x16}{Next():x16}{Next():x16}";

    private string Id() => new Ulid(Guid.Parse($"{Next():x16}{Next():x16}")).ToString();

    private double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
