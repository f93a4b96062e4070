using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>
/// Whether the events beside a cell are those that its row is folded from, and, where that takes no SQL, whether they give its value.
/// </summary>
internal static partial class CellCheck
{
    public static void Of(CellClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults, List<string> remarks)
    {
        Definitions(claim, faults);
        if (claim.Rule == CellRule.Event)
            Row(claim, events, faults);
        else
            Streams(claim, events, faults, remarks);
        if (faults.Count == 0)
            Value(claim, events, faults, remarks);
    }

    private static void Definitions(CellClaim claim, List<Problem> faults)
    {
        foreach (var (i, definition) in claim.Definitions.Index())
        {
            string digest = ContentHash.Of(Encoding.UTF8.GetBytes(definition.Text)).ToString();
            if (definition.Digest != digest)
                faults.Add(new Problem(definition.Digest, $"{digest}, the digest of the text", $"claim.definitions[{i}].digest"));
            if (Header(definition.Text, "table") != definition.Table)
                faults.Add(new Problem(definition.Table, $"{Header(definition.Text, "table")}, as the text says", $"claim.definitions[{i}].table"));
        }

        var defined = claim.Definitions.Select(definition => definition.Table).ToList();
        var read = claim.Definitions.SelectMany(definition => References().Matches(definition.Text)).Select(match => match.Groups["table"].Value).Prepend(claim.Table);
        if (!defined.Order(StringComparer.Ordinal).SequenceEqual(read.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), StringComparer.Ordinal) || defined.FirstOrDefault() != claim.Table)
            faults.Add(new Problem($"definitions of {string.Join(", ", defined)}", $"one of {claim.Table}, then those of the tables it reads", "claim.definitions"));
        else
            Columns(claim, claim.Definitions[0].Text, faults);
    }

    private static void Columns(CellClaim claim, string text, List<Problem> faults)
    {
        string[] key = (Header(text, "key") ?? "").Split(", ");
        if (!claim.Key.Keys.Order(StringComparer.Ordinal).SequenceEqual(key.Order(StringComparer.Ordinal), StringComparer.Ordinal))
            faults.Add(new Problem($"key columns {string.Join(", ", claim.Key.Keys)}", string.Join(", ", key), "claim.key"));
        if (!text.Split('\n').Any(line => line.StartsWith("-- ", StringComparison.Ordinal) && line.Contains('|') && line[3..].Split('|')[0].Trim() == claim.Column))
            faults.Add(new Problem(claim.Column, "a column of the definition", "claim.column"));
        var rule = Header(text, "kind") switch { "fact" => CellRule.Event, "state" => CellRule.Stream, _ => CellRule.Sources };
        if (claim.Rule != rule)
            faults.Add(new Problem($"rule {claim.Rule}", $"{rule}: the table is of kind {Header(text, "kind")}", "claim.rule"));
    }

    private static void Row(CellClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults)
    {
        if (events is not [var only] || Number(claim, "position") != only.Position)
            faults.Add(new Problem($"position {Number(claim, "position")} beside {events.Count} entries", "the entry of the row alone, at its position", "claim.key.position"));
        if (claim.Streams.Count > 0)
            faults.Add(new Problem($"{claim.Streams.Count} streams", "none beside a row of one event", "claim.streams"));
    }

    private static void Streams(CellClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults, List<string> remarks)
    {
        string?[] expected = claim.Rule == CellRule.Stream ? [Text(claim, "run") is { } run ? $"run/{run}" : $"experiment/{Text(claim, "experiment")}"] : Sources(claim, events);
        var streams = claim.Streams.Select(stream => stream.Stream).ToList();
        var there = events.Select(e => e.Stream).Distinct(StringComparer.Ordinal).ToList();
        var needless = streams.Where(stream => !expected.Contains(stream, StringComparer.Ordinal) && !IsReview(stream, expected)).ToList();
        if (needless.Count > 0 || expected.Any(stream => !streams.Contains(stream, StringComparer.Ordinal)) || !there.Order(StringComparer.Ordinal).SequenceEqual(streams.Order(StringComparer.Ordinal), StringComparer.Ordinal))
            faults.Add(new Problem(string.Join(", ", streams), $"{string.Join(", ", expected)}, and reviews of these runs", "claim.streams"));
        foreach (var (i, extent) in claim.Streams.Index())
            ClaimCheck.Stream(extent.Stream, extent.Events, events, $"claim.streams[{i}]", faults);
        Steps(claim, events, faults);
        var open = claim.Streams.Where(stream => stream.Stream.StartsWith("run/", StringComparison.Ordinal))
            .Where(stream => events.Where(e => e.Stream == stream.Stream).MaxBy(e => e.Entry.Version) is not { } last || ClaimCheck.Ending(last) is null).Select(stream => stream.Stream).ToList();
        if (open.Count > 0)
            remarks.Add($"Not at their end, so that there may be more events: {string.Join(", ", open)}.");
        if (claim.Rule == CellRule.Sources)
            remarks.Add("That nothing else was said about these runs, a retraction for example, no proof can show.");
    }

    /// <summary>Run streams that must be there, and the experiment's.</summary>
    private static string?[] Sources(CellClaim claim, IReadOnlyList<ToldEvent> events)
    {
        string run = Text(claim, "run") ?? Text(claim, "replay") ?? "";
        List<string> runs = [run];
        for (int next = 0; next < runs.Count; next++)
            runs.AddRange(events.Where(e => e.Stream == $"run/{runs[next]}").Select(Named).OfType<string>().Distinct(StringComparer.Ordinal).Except(runs, StringComparer.Ordinal).ToList());
        string? experiment = events.FirstOrDefault(e => e.Stream == $"run/{run}" && e.Type == "run.planned.v1")?.Text("experiment");
        return [.. runs.Select(one => $"run/{one}"), $"experiment/{experiment}"];
    }

    /// <summary>The run that an event takes a result from, or whose replay it begins.</summary>
    private static string? Named(ToldEvent told) => told.Type switch
    {
        "run.step_reused.v1" => told.Text("sourceRun"),
        "run.planned.v1" => told.Text("replayOf"),
        _ => null,
    };

    private static bool IsReview(string stream, string?[] streams) =>
        stream.StartsWith("review/", StringComparison.Ordinal) && streams.Contains($"run/{stream["review/".Length..].Split('@')[0]}", StringComparer.Ordinal);

    /// <summary>Steps that the key names must be in the plan; a position in it must be an entry's.</summary>
    private static void Steps(CellClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults)
    {
        var planned = events.Where(e => e.Type == "run.planned.v1" && e.Stream == $"run/{Text(claim, "run")}")
            .SelectMany(e => ArtifactRoles.Member(e.Data, "steps") is { ValueKind: JsonValueKind.Array } steps ? steps.EnumerateArray() : default)
            .Select(step => ArtifactRoles.Member(step, "path")).Where(path => path.ValueKind == JsonValueKind.String).Select(path => path.GetString()!).ToHashSet(StringComparer.Ordinal);
        foreach (string column in claim.Key.Keys.Where(column => column.EndsWith("step", StringComparison.Ordinal) || column == "ancestor"))
        {
            if (Text(claim, column)?.Split(" + ").All(planned.Contains) != true)
                faults.Add(new Problem($"{claim.Key[column]}", "steps of the run's plan", $"claim.key.{column}"));
        }

        if (claim.Key.ContainsKey("position") && !events.Any(e => e.Position == Number(claim, "position")))
            faults.Add(new Problem($"{claim.Key["position"]}", "the position of an entry", "claim.key.position"));
    }

    private static void Value(CellClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults, List<string> remarks)
    {
        try
        {
            if (CellValue.Of(claim, events) is not { } expected)
                remarks.Add("The value was not computed again: it follows from these events by the SQL of the definitions.");
            else if (!CanonicalJson.Bytes(expected).AsSpan().SequenceEqual(CanonicalJson.Bytes(claim.Value)))
                faults.Add(new Problem(claim.Value.GetRawText(), $"{expected.GetRawText()}, what the events give", "claim.value"));
            else
                remarks.Add("The value was computed again from the events, without SQL.");
        }
        catch (RowNotThere missing)
        {
            faults.Add(missing.At("claim.key"));
        }
    }

    internal static string? Text(CellClaim claim, string column) =>
        claim.Key.TryGetValue(column, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static long? Number(CellClaim claim, string column) =>
        claim.Key.TryGetValue(column, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;

    private static string? Header(string text, string tag) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith($"-- {tag}: ", StringComparison.Ordinal))?[$"-- {tag}: ".Length..].Trim();

    [GeneratedRegex(@"\bresults\.(?<table>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex References();
}
