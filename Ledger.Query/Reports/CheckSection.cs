using System.Text;
using System.Text.Json;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>The claims, each with its last verdict and the numbers it rests on.</summary>
internal static class CheckSection
{
    private const int MostItems = 6, MostText = 600;

    public static void Write(StringBuilder text, ExperimentReport study)
    {
        var claims = Claims(study);
        if (claims.Count == 0)
            return;
        text.Append("### Checks\n\n");
        text.Append($"{Summary(study)}. Claims marked *pre* stood in the specification before the first result.\n\n");
        MarkdownText.Table(
            text, ["check", "claim", "verdict", "declared", "numbers", "read at"],
            claims.Select(claim => Judged(study, claim.Name) is { } judged
                ? [MarkdownText.Escaped(claim.Name), Claimed(claim.Text, judged), $"**{MarkdownText.Escaped(judged.Verdict)}**", MarkdownText.Escaped(judged.Declared), MarkdownText.Escaped(Short(Numbers(judged))), $"{judged.JudgedTo}"]
                : new[] { MarkdownText.Escaped(claim.Name), MarkdownText.Code(claim.Text), "not judged", "", "", "" }));
        CheckParts.Write(text, [.. claims.Select(claim => Judged(study, claim.Name)).OfType<JudgedCheck>()]);
    }

    private static JudgedCheck? Judged(ExperimentReport study, string check) => study.Checks.FirstOrDefault(judged => judged.CheckName == check);

    private static string Claimed(string text, JudgedCheck judged) =>
        $"{(CheckParts.Of(judged) is { } numbers ? $"{MarkdownText.Escaped(numbers.Claim)}<br>" : "")}{MarkdownText.Code(text)}";

    /// <summary>One comparison in full; of several what they have in common, since each stands in the table below.</summary>
    private static string Numbers(JudgedCheck judged) => CheckParts.Of(judged) switch
    {
        null => Flat(judged.Numbers),
        { Parts: [], Why: { } why } => why,
        { Parts: [var only] } numbers => $"{CheckParts.Text(only)}; per {numbers.Unit}; level {numbers.Level:0.###}",
        var numbers => $"{numbers.Comparisons} comparisons per {numbers.Unit}; level {numbers.Level:0.###}, {numbers.Correction}{(numbers.Why is null ? "" : $"; {numbers.Why}")}",
    };

    /// <summary><c>3 held, 1 inconclusive</c>.</summary>
    public static string Summary(ExperimentReport study)
    {
        var claims = Claims(study);
        return claims.Count == 0 ? "none declared" : string.Join(", ", claims
            .GroupBy(claim => Judged(study, claim.Name)?.Verdict ?? "not judged", StringComparer.Ordinal)
            .OrderBy(verdict => verdict.Key, StringComparer.Ordinal).Select(verdict => $"{verdict.Count()} {verdict.Key}"));
    }

    private static List<(string Name, string Text)> Claims(ExperimentReport study) =>
        study.Experiment.Checks is { ValueKind: JsonValueKind.Object } checks ? [.. checks.EnumerateObject().Select(check => (check.Name, Claim(check.Value)))] : [];

    /// <summary>The claim as it stands in the file, on one line.</summary>
    private static string Claim(JsonElement claim) => claim.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(", ", claim.EnumerateObject().Select(entry => $"{entry.Name}: {Claim(entry.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(", ", claim.EnumerateArray().Select(Claim))}]",
        _ => claim.ToString(),
    };

    /// <summary>Numbers in words: names and values, long lists as their length.</summary>
    internal static string Flat(JsonElement numbers) => numbers.ValueKind switch
    {
        JsonValueKind.Object => string.Join("; ", numbers.EnumerateObject().Select(entry => $"{Words(entry.Name)} {Inner(entry.Value)}")),
        _ => Inner(numbers),
    };

    private static string Inner(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => $"{value.GetDouble():0.####}",
        JsonValueKind.Object => $"({Flat(value)})",
        JsonValueKind.Array when value.GetArrayLength() > MostItems => $"{value.GetArrayLength()} values",
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Inner))}]",
        JsonValueKind.Null => "–",
        _ => value.ToString(),
    };

    // camelCase, as events are written.
    private static string Words(string name) => string.Concat(name.Select(c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));

    private static string Short(string text) => text.Length <= MostText ? text : text[..(MostText - 1)] + "…";
}
