using System.Globalization;
using Ledger.Domain.Checks;
using Ledger.Query.Runs;
using Spectre.Console;

namespace Ledger.Query.Checks;

/// <summary>Verdicts in words: a table of what was compared, each claim in full, and what contradicts itself.</summary>
public static class CheckConsole
{
    /// <summary>As many findings of one code as are told one by one.</summary>
    private const int FindingsAlike = 4;

    /// <param name="recorded">What became of the verdicts, in words.</param>
    public static void Show(IAnsiConsole console, JudgedExperiment judged, string recorded)
    {
        PlainTables.Heading(console, Title(judged));
        if (judged.Checks.Count > 0)
            PlainTables.Write(console, ["check", "verdict", "declared", "at", ">estimate", ">interval", ">n", ">p"], judged.Checks.SelectMany(Rows));
        foreach (var check in judged.Checks)
            Claim(console, check);
        Consistent(console, judged);
        foreach (var group in judged.Runs.GroupBy(run => run.Why, StringComparer.Ordinal))
            console.WriteLine($"{Count(group.Count(), "run")} not counted, {group.Key}: {string.Join(", ", group.Take(6).Select(run => run.Run[..RunIds.Enough(judged.Runs.Select(r => r.Run))]))}{(group.Count() > 6 ? " …" : "")}");
        console.WriteLine(recorded);
    }

    private static string Title(JudgedExperiment judged)
    {
        var verdicts = judged.Checks.GroupBy(check => check.Verdict, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}");
        return string.Join(" · ", new[] { judged.Experiment, Count(judged.Checks.Count, "check"), string.Join(", ", verdicts), $"position {judged.Position}" }.Where(part => part.Length > 0));
    }

    private static IEnumerable<string[]> Rows(JudgedCheck check)
    {
        var parts = check.Numbers.Parts;
        if (parts.Count == 1)
            return [[check.Check, check.Verdict, check.Declared, .. Cells(parts[0])]];
        return [[check.Check, check.Verdict, check.Declared, parts.Count == 0 ? "" : $"{parts.Count} comparisons", "", "", "", ""], .. parts.Select(part => (string[])["", part.Verdict, "", .. Cells(part)])];
    }

    private static string[] Cells(CheckPart part) =>
        [part.At ?? "", Text(part.Estimate), part.Low is null ? "–" : $"{Text(part.Low)} … {Text(part.High)}", part.N == 0 ? "–" : $"{part.N}", Text(part.P)];

    private static void Claim(IAnsiConsole console, JudgedCheck check)
    {
        var numbers = check.Numbers;
        console.WriteLine($"{check.Check}  {numbers.Claim}");
        if (numbers.Parts.Count > 0)
            console.WriteLine($"    {string.Join("; ", numbers.Parts.Select(part => part.Of).Distinct(StringComparer.Ordinal))} · {Intervals(numbers)}");
        foreach (string why in numbers.Parts.Select(part => part.Why).Append(numbers.Why).OfType<string>().Distinct(StringComparer.Ordinal).Take(4))
            console.WriteLine($"    {why}");
        foreach (string left in numbers.LeftOut ?? [])
            console.WriteLine($"    left out: {left}");
    }

    private static string Intervals(CheckNumbers numbers)
    {
        string methods = string.Join(", ", numbers.Parts.Select(part => part.Method).OfType<string>().Distinct(StringComparer.Ordinal));
        string level = $"{100 * numbers.Level:0.##} % intervals{(methods.Length == 0 ? "" : $" ({methods})")}";
        return numbers.Comparisons > 1
            ? $"{level}; {numbers.Comparisons} comparisons, all must hold, one refutes ({(numbers.Correction == "none" ? "uncorrected" : $"corrected: {numbers.Correction}")})"
            : level;
    }

    private static void Consistent(IAnsiConsole console, JudgedExperiment judged)
    {
        PlainTables.Heading(console, $"consistency · {(judged.Consistency.Count == 0 ? "nothing contradicts itself, as far as was looked" : Count(judged.Consistency.Count, "finding"))}");
        foreach (var alike in judged.Consistency.GroupBy(finding => finding.Code, StringComparer.Ordinal))
        {
            foreach (var finding in alike.Take(FindingsAlike))
                console.WriteLine($" {finding.Code}: {finding.Found} ({finding.Where})");
            if (alike.Count() > FindingsAlike)
                console.WriteLine($" … {alike.Count() - FindingsAlike} more {alike.Key}; --json has them all");
        }
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Text(double? value) => value is { } number ? number.ToString("0.####", CultureInfo.InvariantCulture) : "–";
}
