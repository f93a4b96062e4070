using System.Text.Json;
using CsCheck;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Tests.Results;

/// <summary>Events of every kind in any order, on streams old and new: more disorder than decisions would ever allow.</summary>
internal sealed class RandomLedger(LedgerStore store)
{
    public static readonly Actor Someone = new("01JEXPERIMENT", "test", "ada", "desk", "ledger/test");

    /// <summary>Which kind of event, on which stream: both taken modulo what there is.</summary>
    public static readonly Gen<(int Kind, int Where)[]> Moves = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000]).Array[10, 40];

    private readonly List<string> _experiments = [];
    private readonly List<string> _runs = [];
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private int _made;

    public async Task<long> Make(IReadOnlyList<(int Kind, int Where)> moves, CancellationToken stop)
    {
        if (_runs.Count == 0)
        {
            await Append($"experiment/{New(_experiments)}", new Registered("first", "", Json("{}"), "d", "y", null), stop);
            await Append($"run/{New(_runs)}", Plan(0), stop);
            await Append($"run/{_runs[0]}", new StepStarted("base", "key", Fields), stop);
        }

        foreach (var (kind, where) in moves)
        {
            var (stream, data) = Event(where, kind % 26);
            await Append(stream, data, stop);
        }

        return await store.Advance(stop);
    }

    private (string Stream, object Data) Event(int where, int kind)
    {
        string run = _runs[where % _runs.Count], step = where % 2 == 0 ? "base" : "small";
        string mine = $"run/{run}", review = $"review/{run}", experiment = $"experiment/{_experiments[where % _experiments.Count]}";
        double value = where / 16.0;
        return kind switch
        {
            0 => ($"experiment/{New(_experiments)}", new Registered($"slug-{where}", "", Json("{}"), "d", "y", where % 2 == 0 ? "cpu" : null)),
            1 => (experiment, new Amended(Json("""{"b":2}"""), "d2", "y", null, "because")),
            2 => (experiment, new Withdrawn("no")),
            3 => (experiment, new ChecksJudged(where, [new CheckVerdict("A", "held", "pre", Json("{}")), new CheckVerdict("B", "not held", "post hoc", Json("""{"n":1}"""))])),
            4 or 5 => ($"run/{New(_runs)}", Plan(where)),
            6 => (mine, new Started(Facts, "class", new Worker("desk", where, "t"))),
            7 => (mine, new Resumed(new Worker("other", where, "t2"), 2 + where % 3)),
            8 => (mine, new DatasetPinned("n", "s", "test", where, [1, 2, 2], 10, "d")),
            9 or 10 => (mine, new StepStarted(step, $"key{where}", Fields)),
            11 => (mine, new StepReused(step, _runs[0], "base", $"key{where}", Fields)),
            12 => (mine, new EpochCompleted(step, where, where % 2 == 0 ? null : value, 0.5, 0.1, "w", where, value, value, 0.5, where % 3 == 0 ? null : [new LossTerm("l1", value, null), new LossTerm("cnc", null, 2)])),
            13 => (mine, new TrainingCompleted(step, Model, 2, 10, value, where, value, where % 2 == 0 ? null : 1)),
            14 => (mine, new CompressionCompleted(step, Model, "ptq", 8, 8, 100, 90, null, value)),
            15 => (mine, new AttackCompleted(step, Model.Weights, "e", 100, 80, where % 80, "3dcccccd", 0.1, "exact", where, 0.1, value, [new AttackPart("a", 80, 9, 1, 2, value)], where, Model.Weights,
                [new MetricValue("median_distance", value, "pixels", MetricClass.Computed)], where % 3 == 0 ? null : Convert.ToBase64String(new byte[13]))),
            16 => (mine, new MeasurementCompleted(step, [new MetricValue("accuracy", value, "fraction", MetricClass.Computed), new MetricValue("x", null, "", MetricClass.Observed, "fc1")], null, null, value, Model.Weights)),
            17 => (mine, new StepFailed(step, "killed", "m")),
            18 => (mine, new ResultFlagged(step, "code", value, null)),
            19 => (mine, new Completed(where)),
            20 => (mine, new Failed([step], where)),
            21 => (mine, where % 2 == 0 ? new Paused("p") : new Cancelled("c")),
            22 => (mine, new StepCompared(step, "close", "epoch 2", value, where)),
            23 => (mine, new ReplayJudged(_runs[0], "diverged", step, ["code"])),
            24 => (review, where % 2 == 0 ? new Annotated("text") : new FlagRaised(step, "late", value, 1, "why")),
            _ => (review, where % 2 == 0 ? new Retracted("wrong") : new ArtifactReleased("d", where, "room")),
        };
    }

    private Planned Plan(int number) => new(
        _experiments[0], "d", number, new Dictionary<string, string> { ["axis"] = $"{number}" }, number, 1,
        [Step("base", "train"), Step("small", "compress", "base"), Step("attack", "attack", "small")], number % 5 == 4 ? _runs[0] : null);

    private static PlannedStep Step(string path, string kind, string? model = null) => new(
        path, kind, Json("{}"), model is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = model }, [path]);

    private async Task Append(string stream, object data, CancellationToken stop)
    {
        _versions.TryGetValue(stream, out long version);
        await store.Append(stream, version, $"c{_made++}", [data], Someone, stop);
        _versions[stream] = version + 1;
    }

    private string New(List<string> ids)
    {
        ids.Add($"01J{_made:00000}{ids.Count:00000}ABCDEFGHJKMNP");
        return ids[^1];
    }

    private static StepKeyFields Fields { get; } = new("train", Json("{}"), new Dictionary<string, string>(), new Dictionary<string, string>(), "code", "class");

    private static EnvironmentFacts Facts { get; } = new(
        new EnvironmentClass("2", "cpu", "v", "avx2", 1, "cpu", new Dictionary<string, bool>(), new Dictionary<string, string>()), "os", "k", "x64", null, 2, 1, "10", "t", "p");

    private static ModelRef Model { get; } = new(new ArtifactRef("a", 1), new ArtifactRef("w", 2));

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
