using System.Text;
using System.Text.Json;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>What was asked and how it was run: description, versions of the specification, data, environment.</summary>
internal static class OriginSection
{
    private const int Digits = 12;

    public static void Write(StringBuilder text, ExperimentReport study)
    {
        var experiment = study.Experiment;
        if (experiment.About is { Length: > 0 } about)
            text.Append(MarkdownText.Escaped(about)).Append("\n\n");
        MarkdownText.Table(text, ["", ""], Facts(study).Where(fact => fact.Value.Length > 0).Select(fact => new[] { fact.Name, fact.Value }));
        foreach (var change in study.Specifications.Where(change => change.Change != "registered"))
            text.Append($"- {change.Change} at position {change.Position} ({Numbers.Minute(change.RecordedAt)}): {MarkdownText.Escaped(change.Reason ?? "no reason given")}\n");
        if (study.Specifications.Any(change => change.Change != "registered"))
            text.Append('\n');
        if (study.Data.Count == 0)
            return;
        text.Append("### Data\n\n");
        MarkdownText.Table(
            text, ["examples", "source", "split", ">count", "shape", ">classes", "digest of pixels and labels"],
            study.Data.Select(data => new[]
            {
                MarkdownText.Escaped(data.Name), MarkdownText.Escaped(data.Source), MarkdownText.Escaped(data.Split), $"{data.Examples}", string.Join('×', data.Shape), $"{data.Classes}", Short(data.Digest),
            }));
    }

    internal static string Short(string digest) => MarkdownText.Code(digest[..Math.Min(Digits, digest.Length)]);

    private static IEnumerable<(string Name, string Value)> Facts(ExperimentReport study)
    {
        var (experiment, runs) = (study.Experiment, study.Runs);
        var started = runs.Where(run => run.StartedAt is not null).ToList();
        yield return ("scale", MarkdownText.Escaped(experiment.Scale ?? ""));
        yield return ("specification", $"{Short(experiment.SpecDigest)}, registered {Numbers.Minute(experiment.RegisteredAt)} UTC at position {experiment.PositionFrom}{(experiment.State == "withdrawn" ? ", **withdrawn**" : "")}");
        yield return ("seeds", string.Join(", ", runs.Select(run => run.Seed).Distinct().Order()));
        yield return ("runs", string.Join(", ", runs.GroupBy(run => run.ReplayOf is null ? run.State : "replays", StringComparer.Ordinal).OrderBy(state => state.Key, StringComparer.Ordinal).Select(state => $"{state.Count()} {state.Key}")));
        yield return ("positions", runs.Count == 0 ? "" : $"{runs.Min(run => run.PositionFrom)} to {runs.Max(run => run.PositionTo)}");
        yield return ("run", started.Count == 0 ? "" : $"{Numbers.Minute(started.Min(run => run.StartedAt))} to {Numbers.Minute(started.Max(run => run.EndedAt))} UTC");
        yield return ("machine", Different(started.Select(run => run.Machine)));
        yield return ("program", Different(started.Select(run => run.Tool)));
        yield return ("commit", Different(started.Select(Commit)));
        yield return ("environment", Different(started.Select(Environment)));
    }

    private static string Different(IEnumerable<string?> values) =>
        string.Join("; ", values.OfType<string>().Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(MarkdownText.Escaped));

    private static string? Commit(ReportedRun run) =>
        Value(run.Environment, "gitCommit") is { } commit ? $"{commit[..Math.Min(Digits, commit.Length)]}{(Value(run.Environment, "gitDirty") == "True" ? " with changes" : "")}" : null;

    private static string Environment(ReportedRun run)
    {
        var kind = run.Environment is { ValueKind: JsonValueKind.Object } facts && facts.TryGetProperty("class", out var found) ? found : (JsonElement?)null;
        string?[] parts =
        [
            Value(kind, "libTorch") is { } torch ? $"libtorch {torch} ({Value(kind, "libTorchFlavour")})" : null, Value(kind, "cpuIsa"), Value(kind, "device"),
            Value(kind, "threads") is { } threads ? $"{threads} thread{(threads == "1" ? "" : "s")}" : null, Value(run.Environment, "os"), Value(run.Environment, "cpuModel"),
            $"class {run.EnvironmentClass?[..Math.Min(Digits, run.EnvironmentClass.Length)]}",
        ];
        return string.Join(", ", parts.Where(part => part is { Length: > 0 }));
    }

    private static string? Value(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } map && map.TryGetProperty(name, out var value) ? value.ToString() : null;
}
