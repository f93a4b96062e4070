using System.Text;
using System.Text.Json;
using Ledger.Domain.Checks;
using Ledger.Domain.Evidence;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>The comparisons a verdict rests on, one line each, and what a claim covers but could not be looked at.</summary>
internal static class CheckParts
{
    /// <summary>Null where a verdict was recorded in another form.</summary>
    public static CheckNumbers? Of(JudgedCheck judged)
    {
        bool known = judged.Numbers is { ValueKind: JsonValueKind.Object } map && map.TryGetProperty("claim", out _) && map.TryGetProperty("parts", out var parts) && parts.ValueKind == JsonValueKind.Array;
        try
        {
            return known ? judged.Numbers.Deserialize<CheckNumbers>(LedgerJson.Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static void Write(StringBuilder text, IReadOnlyList<JudgedCheck> checks)
    {
        var several = checks.Select(check => (check.CheckName, Numbers: Of(check)!)).Where(check => check.Numbers is { Parts.Count: > 1 } or { LeftOut: not null }).ToList();
        if (several.Count == 0)
            return;
        text.Append("<details><summary>Every comparison</summary>\n\n");
        MarkdownText.Table(
            text, ["check", "at", "of", ">estimate", ">interval", ">n", ">p", "verdict", "how"],
            several.SelectMany(check => check.Numbers.Parts.Select(part => new[]
            {
                MarkdownText.Escaped(check.CheckName), MarkdownText.Escaped(part.At ?? ""), MarkdownText.Escaped(part.Of), Number(part.Estimate), MarkdownText.Escaped(Interval(part)),
                $"{part.N}", Number(part.P), MarkdownText.Escaped(part.Verdict), MarkdownText.Escaped(string.Join("; ", new[] { part.Method, part.Why }.OfType<string>())),
            })));
        foreach (var (name, numbers) in several.Where(check => check.Numbers is { MoreParts: not null } or { LeftOut: not null }))
        {
            string more = numbers.MoreParts is { } count ? $"{count} more comparisons are not listed. " : "";
            string left = numbers.LeftOut is { Count: > 0 } reasons ? $"Left out: {string.Join("; ", reasons)}." : "";
            text.Append($"- {MarkdownText.Escaped($"{name}: {more}{left}".TrimEnd())}\n");
        }

        text.Append("\n</details>\n\n");
    }

    /// <summary><c>spearman -0.91 [-0.98, -0.8], n 7, p 0.002</c>.</summary>
    public static string Text(CheckPart part) => string.Join(
        ", ", new[] { $"{part.Of} {Number(part.Estimate)} {Interval(part)}".TrimEnd(), $"n {part.N}", part.P is null ? "" : $"p {Number(part.P)}", part.Why ?? "" }.Where(word => word.Length > 0));

    private static string Interval(CheckPart part) => part is { Low: { } low, High: { } high } ? $"[{Number(low)}, {Number(high)}]" : "";

    private static string Number(double? value) => value is { } number ? Math.Abs(number) is > 0 and < 0.001 ? $"{number:0.0e0}" : $"{number:0.####}" : "–";
}
