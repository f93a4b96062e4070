using System.Text.Json;
using Ledger.Query.Results;
using Spectre.Console;

namespace Ledger.Query.Runs;

internal static class ShowRunConsole
{
    private const int Digits = 12;

    public static void Show(IAnsiConsole console, RunDetails details)
    {
        Run(console, details);
        Section(console, "steps", ["step", "kind", "state", ">took", "key", "from"], details.Steps.Select(Step));
        foreach (var step in details.Steps.Where(step => step.FailureCode is not null))
            console.WriteLine($"{step.Step} failed ({step.FailureCode}): {step.FailureMessage}");
        Section(console, "data", ["name", ">examples", "digest"], details.Datasets.Select(data => new[] { data.Name, $"{data.Examples}", data.Digest[..Math.Min(Digits, data.Digest.Length)] }));
        Section(console, "metrics", ["network", "metric", ">value", "unit"], details.Metrics.Select(metric => new[] { metric.ModelStep ?? "–", metric.Layer is null ? metric.Metric : $"{metric.Metric} {metric.Layer}", Value(metric), Unit(metric) }));
        Section(console, "attacks", ["step", "network", "attack", ">clean %", ">robust %", ">interval", ">n"], details.Attacks.Select(Attack));
        Section(console, "seeds", ["step", "purpose", "seed"], details.Steps.SelectMany(step => (step.Seeds ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(seed => new[] { step.Step, seed.Key, seed.Value })));
        Section(console, "artifacts", ["step", "role", "digest", ">size", ""], details.Artifacts.Select(artifact => new[] { artifact.Step ?? "–", artifact.Role, artifact.Digest[..Math.Min(Digits, artifact.Digest.Length)], Numbers.Count(artifact.Bytes, "B"), artifact.ReleasedAt is { } at ? $"released {Numbers.Time(at)}" : "" }));
        Section(console, "flags", ["step", "code", ">value", ">limit", "raised by", "reason"], details.Flags.Select(flag => new[] { flag.Step, flag.Code, Numbers.Significant(flag.Value), Numbers.Significant(flag.Threshold), flag.RaisedBy, flag.Reason ?? "" }));
        Section(console, "remarks", ["when (UTC)", "said", "reason"], details.Reviews.Select(review => new[] { Numbers.Time(review.RecordedAt), review.Said.Replace('_', ' '), review.Reason ?? "" }));
        Section(console, "tainted", ["step", "through", "taken over from", "its step", "retracted because"], details.Tainted.Select(step => new[] { step.Step, step.Ancestor, step.RetractedRun, step.RetractedStep, step.Reason ?? "" }));
        Section(console, "resting on it", ["run", "experiment", "step", "through"], details.RestingOnIt.Select(step => new[] { step.Run, step.Experiment ?? "–", step.Step, step.Ancestor }));
        Section(console, "replay", ["step", "verdict", "first difference"], details.Comparisons.Select(step => new[] { step.Step, step.Verdict, step.FirstDifference ?? "" }));
        console.WriteLine($"\nPosition {details.Position}. Every event: ledger log {details.Run.Run[..Math.Min(10, details.Run.Run.Length)]}");
    }

    private static void Run(IAnsiConsole console, RunDetails details)
    {
        var run = details.Run;
        PlainTables.Heading(console, $"run {run.Run}");
        PlainTables.Facts(
            console,
            ("experiment", $"{run.Experiment ?? run.ExperimentId} #{run.Number}"),
            ("point", string.Join(", ", run.Point.OrderBy(axis => axis.Key, StringComparer.Ordinal).Select(axis => $"{axis.Key} = {axis.Value}"))),
            ("seed", $"{run.Seed}"),
            ("state", run.State + (run.Attempt > 1 ? $", attempt {run.Attempt}" : "")),
            ("review", Review(details)),
            ("replay of", run.ReplayOf is null ? null : $"{run.ReplayOf}: {run.ReplayVerdict ?? "not judged yet"}"),
            ("started", $"{Numbers.Time(run.StartedAt)} UTC, took {Numbers.Duration(run.EndedAt - run.StartedAt)}"),
            ("where", string.Join(", ", new[] { run.Machine, run.Tool, $"{run.Threads} thread{(run.Threads == 1 ? "" : "s")}" }.OfType<string>())),
            ("environment", Environment(run)),
            ("spec", run.SpecDigest),
            ("events", $"{run.Events}, positions {run.PositionFrom} to {run.PositionTo}"));
    }

    /// <summary>What others said that changes how the run counts, and how much else there is to read below.</summary>
    private static string? Review(RunDetails details)
    {
        var said = details.Reviews.Where(review => review.Said is "retracted").Select(review => $"retracted: {review.Reason}")
            .Concat(details.Reviews.Where(review => review.Said is "superseded").TakeLast(1).Select(review => $"superseded by {review.SupersededBy}: {review.Reason}"))
            .Append(details.Tainted.Count > 0 ? "rests on a retracted run" : null)
            .Append(details.Reviews.Count(review => review.Said is "annotated") is var remarks and > 0 ? $"{remarks} remark{(remarks == 1 ? "" : "s")}" : null);
        return string.Join("; ", said.OfType<string>());
    }

    private static string? Environment(RunFacts run)
    {
        if (run.Environment is not { ValueKind: JsonValueKind.Object } facts)
            return run.EnvironmentClass;
        string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : null;
        var shown = facts.TryGetProperty("class", out var kind)
            ? new[] { $"libtorch {Text(kind, "libTorch")} ({Text(kind, "libTorchFlavour")})", Text(kind, "cpuIsa"), Text(kind, "device"), Text(facts, "os"), Text(facts, "cpuModel"), Text(facts, "gitCommit") }
            : [];
        return string.Join(", ", shown.Where(part => part is { Length: > 0 }).Append($"class {run.EnvironmentClass?[..Math.Min(Digits, run.EnvironmentClass.Length)]}"));
    }

    private static void Section(IAnsiConsole console, string name, string[] columns, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        console.WriteLine();
        PlainTables.Heading(console, name);
        PlainTables.Write(console, columns, all);
    }

    private static string[] Step(StepRow step) =>
    [
        step.Step, step.Kind, step.State, step.Seconds is { } seconds ? Numbers.Duration(TimeSpan.FromSeconds(seconds)) : "–",
        step.Key is { } key ? key[..Math.Min(Digits, key.Length)] : "–", step.SourceRun is null ? "" : $"{step.SourceRun} {step.SourceStep}",
    ];

    private static string[] Attack(RobustnessRow attack) =>
    [
        attack.AttackStep, attack.ModelStep, $"{attack.Label} {attack.EpsAsWritten}{(attack.Gradient == "straight-through" ? " †" : "")}",
        Numbers.Percent(attack.CleanAccuracy, null), Numbers.Percent(attack.RobustAccuracy, null), $"{100 * attack.RobustLow:0.0} – {100 * attack.RobustHigh:0.0}", $"{attack.Examples}",
    ];

    private static string Value(MetricRow metric) => metric.Unit switch
    {
        "fraction" => Numbers.Percent(metric.Value, null),
        "count" => Numbers.Count(metric.Value),
        "bytes" => Numbers.Count(metric.Value, "B"),
        _ => Numbers.Significant(metric.Value),
    };

    private static string Unit(MetricRow metric) => metric.Unit is "count" or "bytes" ? "" : metric.Unit == "fraction" ? "%" : metric.Unit;
}
