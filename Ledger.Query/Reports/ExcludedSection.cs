using System.Text;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>What is not in the tables, and what to doubt in them: failed, unfinished, retracted and superseded runs, replays, flags, remarks.</summary>
internal static class ExcludedSection
{
    public static void Write(StringBuilder text, ExperimentReport study)
    {
        text.Append($"### Failed, excluded and suspected\n\nPosition {study.Results.Position}.\n\n");
        var excluded = Excluded(study).ToList();
        if (excluded.Count == 0)
            text.Append("Every planned run is in the tables.\n\n");
        else
            MarkdownText.Table(text, ["run", "point", ">seed", "why", "detail"], excluded.Select(line => new[] { MarkdownText.Code(line.Run.Run), MarkdownText.Escaped(At(line.Run.Point)), $"{line.Run.Seed}", line.Why, MarkdownText.Escaped(line.Detail) }));
        if (study.Suspicions.Count == 0)
            text.Append("No result was flagged.\n\n");
        else
            Suspected(text, study);
        if (study.Findings.Count > 0)
            Contradicting(text, study);
        foreach (var remark in study.Remarks.Where(remark => remark.Said is "annotated" or "artifact_released"))
            text.Append($"- {MarkdownText.Code(remark.Run)} {remark.Said.Replace('_', ' ')} at position {remark.Position}: {MarkdownText.Escaped(remark.Reason ?? "")}\n");
        if (study.Remarks.Any(remark => remark.Said is "annotated" or "artifact_released"))
            text.Append('\n');
    }

    /// <summary><c>base standard, compress int8</c>.</summary>
    public static string At(IReadOnlyDictionary<string, string> point) =>
        string.Join(", ", point.OrderBy(axis => axis.Key, StringComparer.Ordinal).Select(axis => $"{axis.Key} {axis.Value}"));

    private static void Suspected(StringBuilder text, ExperimentReport study)
    {
        text.Append("Suspicions raised by the runs themselves or by reviewers. A flag changes no number.\n\n");
        MarkdownText.Table(
            text, ["flag", "step", ">times", ">runs", ">values", ">limit", "for example", "reason"],
            study.Suspicions.Select(flag => new[]
            {
                MarkdownText.Escaped(flag.Code), MarkdownText.Escaped(flag.Step), $"{flag.Flags}", $"{flag.Runs}",
                flag.Least == flag.Most ? Numbers.Significant(flag.Least) : $"{Numbers.Significant(flag.Least)} – {Numbers.Significant(flag.Most)}",
                Numbers.Significant(flag.Threshold), MarkdownText.Code(flag.Example), MarkdownText.Escaped(flag.Reason ?? ""),
            }));
    }

    private static void Contradicting(StringBuilder text, ExperimentReport study)
    {
        text.Append("Results that contradict each other, or what attacks should have found: looked for without being claimed.\n\n");
        MarkdownText.Table(
            text, ["finding", ">times", ">largest", "the largest"],
            study.Findings.GroupBy(finding => finding.Code, StringComparer.Ordinal).Select(alike => (Times: alike.Count(), Worst: alike.MaxBy(finding => finding.Value)!)).Select(found => new[]
            {
                MarkdownText.Escaped(found.Worst.Code), $"{found.Times}", Numbers.Significant(found.Worst.Value), MarkdownText.Escaped($"{found.Worst.Found} ({found.Worst.Where})"),
            }));
    }

    private static IEnumerable<(ReportedRun Run, string Why, string Detail)> Excluded(ExperimentReport study)
    {
        var shown = study.Results.Rows.SelectMany(row => row.EachSeed).Select(seed => seed.Run).ToHashSet(StringComparer.Ordinal);
        foreach (var run in study.Runs)
        {
            var remarks = study.Remarks.Where(remark => remark.Run == run.Run).ToList();
            var failed = study.Failures.Where(failure => failure.Run == run.Run).Select(failure => $"{failure.Step}: {failure.FailureCode}, {failure.FailureMessage}").ToList();
            if (remarks.LastOrDefault(remark => remark.Said == "retracted") is { } retracted)
                yield return (run, "retracted", retracted.Reason ?? "");
            else if (run.ReplayOf is { } original)
                yield return (run, "replay", $"of {original}: {run.ReplayVerdict ?? "not judged"}");
            else if (failed.Count > 0)
                yield return (run, shown.Contains(run.Run) ? "failed in part" : "failed", string.Join("; ", failed));
            else if (remarks.LastOrDefault(remark => remark.Said == "superseded") is { } superseded)
                yield return (run, "superseded", $"by {superseded.SupersededBy}: {superseded.Reason}");
            else if (study.Tainted.FirstOrDefault(step => step.Run == run.Run) is { } tainted)
                yield return (run, shown.Contains(run.Run) ? "tainted in part" : "tainted", $"{tainted.Step} rests on {tainted.RetractedRun}, retracted: {tainted.Reason}");
            else if (!shown.Contains(run.Run))
                yield return (run, run.State == "completed" ? "not counted" : run.State, run.State == "completed" ? "a later run of the same point and seed counts" : "");
        }
    }
}
