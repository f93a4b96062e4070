using System.Text.Json;
using Ledger.Domain.Store;

namespace Ledger.Query.Runs;

/// <summary>An event in one line. Reads the payload as stored, so that it also works for kinds of event a newer tool wrote.</summary>
public static class EventSummary
{
    private const int Longest = 160;

    public static string Of(string type, JsonElement data)
    {
        string text = (type.Split('.') is [_, var kind, ..] ? kind : type) switch
        {
            "planned" => $"#{Text(data, "number")} {Point(data)} seed {Text(data, "seed")}, {Length(data, "steps")} steps",
            "started" => $"on {Text(data, "worker", "machine")} with {Text(data, "worker", "tool")}",
            "resumed" => $"attempt {Text(data, "attempt")} on {Text(data, "worker", "machine")}",
            "dataset_pinned" => $"{Text(data, "name")}: {Text(data, "examples")} examples, {Short(data, "digest")}",
            "step_started" => $"{Text(data, "step")} key {Short(data, "key")}",
            "epoch_completed" => $"{Text(data, "step")} epoch {Text(data, "epoch")}: loss {Significant(data, "loss")}, accuracy {Percent(data, "accuracy")}",
            "training_completed" => $"{Text(data, "step")}: {Text(data, "epochs")} epochs in {Seconds(data)}, weights {Short(data, "model", "weights", "digest")}",
            "compression_completed" => $"{Text(data, "step")}: {Text(data, "method")} {Text(data, "requested")}, achieved {Significant(data, "achieved")}, {Text(data, "nonzeroParameters")} nonzero parameters",
            "attack_completed" => $"{Text(data, "step")}: {Text(data, "broken")} of {Text(data, "correct")} right ones broken, {Text(data, "examples")} examples in {Seconds(data)}",
            "measurement_completed" => $"{Text(data, "step")}: {Metrics(data)}",
            "step_reused" => $"{Text(data, "step")} from {Text(data, "sourceRun")} {Text(data, "sourceStep")}",
            "step_failed" => $"{Text(data, "step")}: {Text(data, "code")}, {Text(data, "message")}",
            "result_flagged" or "flag_raised" => $"{Text(data, "step")}: {Text(data, "code")} ({Significant(data, "value")}, limit {Significant(data, "threshold")})",
            "step_compared" => $"{Text(data, "step")}: {Text(data, "verdict")}",
            "replay_judged" => $"{Text(data, "verdict")} with {Text(data, "original")}",
            "registered" => $"{Text(data, "slug")}, spec {Short(data, "specDigest")}",
            "checks_judged" => $"{Length(data, "verdicts")} checks at position {Text(data, "position")}",
            Tombstones.Type => "a save that failed; it recorded nothing",
            "completed" => $"{Text(data, "events")} events",
            _ => string.Join(", ", Members(data)),
        };
        text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
    }

    private static JsonElement? At(JsonElement data, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (data.ValueKind != JsonValueKind.Object || !data.TryGetProperty(name, out data))
                return null;
        }

        return data.ValueKind == JsonValueKind.Null ? null : data;
    }

    private static string Text(JsonElement data, params ReadOnlySpan<string> path) => At(data, path)?.ToString() ?? "–";

    private static string Short(JsonElement data, params ReadOnlySpan<string> path) => Text(data, path) is { Length: > 12 } digest ? digest[..12] : Text(data, path);

    private static double? Number(JsonElement data, string name) => At(data, name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    private static string Significant(JsonElement data, string name) => Numbers.Significant(Number(data, name));

    private static string Percent(JsonElement data, string name) => $"{Numbers.Percent(Number(data, name), null)} %";

    private static string Seconds(JsonElement data) => Numbers.Duration(Number(data, "seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    private static string Length(JsonElement data, string name) => At(data, name) is { ValueKind: JsonValueKind.Array } list ? $"{list.GetArrayLength()}" : "–";

    private static string Point(JsonElement data) => At(data, "point") is { ValueKind: JsonValueKind.Object } point
        ? string.Join(" · ", point.EnumerateObject().OrderBy(axis => axis.Name, StringComparer.Ordinal).Select(axis => axis.Value.ToString()))
        : "";

    private static string Metrics(JsonElement data) => At(data, "metrics") is { ValueKind: JsonValueKind.Array } metrics
        ? string.Join(", ", metrics.EnumerateArray().Select(metric => $"{Text(metric, "name")} {Significant(metric, "value")}"))
        : "";

    private static IEnumerable<string> Members(JsonElement data) => data.ValueKind == JsonValueKind.Object
        ? data.EnumerateObject().Where(member => member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).Select(member => $"{member.Name} {member.Value}")
        : [];
}
