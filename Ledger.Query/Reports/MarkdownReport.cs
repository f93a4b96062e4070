using System.Text;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>
/// A report as one page of GitHub's Markdown. Nothing in it depends on when or where it is made, so that the page can be made again and
/// compared byte by byte.
/// </summary>
internal static class MarkdownReport
{
    /// <param name="plots">Folder of the plots as seen from the page; null: none were drawn, and the page says how to get them.</param>
    public static string Of(Report report, string? plots)
    {
        var text = new StringBuilder();
        text.Append("# Results\n\n");
        text.Append($"Made from ledger `{report.Origin}` at **position {report.Position}** (recorded {Numbers.Time(report.RecordedAt)} UTC) by ");
        text.Append($"`ledger report {string.Join(' ', report.Experiments.Select(study => study.Experiment.Slug))} --as-of {report.Position}`. Not edited by hand.\n");
        text.Append("Every table here was read at that position. Accuracies are in percent; ± is the sample standard deviation over seeds. A robust accuracy is what the ");
        text.Append("attacks that were run did not break: an upper bound.\n\n");
        if (report.Experiments.Count > 1)
            Contents(text, report);
        foreach (var study in report.Experiments)
            Write(text, study, plots);
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Contents(StringBuilder text, Report report) => MarkdownText.Table(
        text, ["study", ">runs", ">failed", "checks"],
        report.Experiments.Select(study => new[]
        {
            $"[{MarkdownText.Escaped(study.Experiment.Slug)}](#{study.Experiment.Slug.ToLowerInvariant()})", $"{study.Runs.Count(run => run.State == "completed" && run.ReplayOf is null)}",
            $"{study.Runs.Count(run => run.State == "failed")}", MarkdownText.Escaped(CheckSection.Summary(study)),
        }));

    private static void Write(StringBuilder text, ExperimentReport study, string? plots)
    {
        text.Append($"## {MarkdownText.Escaped(study.Experiment.Slug)}\n\n");
        OriginSection.Write(text, study);
        ResultsSection.Write(text, study);
        PlotSection.Write(text, study, plots);
        CheckSection.Write(text, study);
        CostSection.Write(text, study);
        ExcludedSection.Write(text, study);
    }
}
