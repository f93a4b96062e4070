using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Tests.Support;

namespace Ledger.Tests.Runs;

/// <summary>A run of two steps, <c>base</c> (train) and <c>clean</c> (measure, needs base), in the situations the tests start from.</summary>
internal static class ARun
{
    public static readonly Worker Ada = new("desk", 1, "ledger");
    public static readonly Worker Bob = new("rack", 2, "ledger");

    public static readonly Planned Plan = new(
        "E", "spec", 1, new Dictionary<string, string>(), 1, 2,
        [
            new PlannedStep("base", "train", Json("{}"), new Dictionary<string, string>(), ["base"]),
            new PlannedStep("clean", "measure", Json("{}"), new Dictionary<string, string> { ["model"] = "base" }, ["base", "clean"]),
        ]);

    public static readonly Started Begun = new(EventExamples.Environment, EventExamples.Environment.Class.Digest().ToString(), Ada);
    public static readonly StepStarted BaseStarted = new("base", "key", EventExamples.Fields);
    public static readonly StepStarted CleanStarted = new("clean", "key", EventExamples.Fields);
    public static readonly TrainingCompleted Trained =
        new("base", new ModelRef(new ArtifactRef("a", 1), new ArtifactRef("w", 1)), 1, 10, 0.5, 10, 1);

    public static readonly MeasurementCompleted Measured = new("clean", [], null, null, 1);
    public static readonly StepReused Reused = new("base", "R0", "base", StepKey.Of(EventExamples.Fields).ToString(), EventExamples.Fields);

    public static RunEvent[] OnlyPlanned => [Plan];

    public static RunEvent[] Running => [Plan, Begun];

    public static RunEvent[] Training => [.. Running, BaseStarted];

    public static RunEvent[] BaseDone => [.. Training, Trained];

    public static RunEvent[] AllDone => [.. BaseDone, CleanStarted, Measured];

    public static RunEvent[] Replay => [Plan with { ReplayOf = "R0" }, Begun];

    public static EpochCompleted Epoch(int number) => new("base", number, 0.5, 0.5, 0.1, "w", 10, 1);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
