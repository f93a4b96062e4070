using System.Text;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>The plots, as images beside the page.</summary>
internal static class PlotSection
{
    public static void Write(StringBuilder text, ExperimentReport study, string? plots)
    {
        if (study.Plots.Count == 0)
            return;
        text.Append("### Plots\n\n");
        if (plots is null)
            text.Append($"{study.Plots.Count} plots: `ledger report {study.Experiment.Slug} --out RESULTS.md` draws them.\n\n");
        foreach (var plot in plots is null ? [] : study.Plots)
            text.Append($"![{MarkdownText.Escaped($"{plot.Title}. {plot.Note}")}]({plots}/{plot.Name}.svg)\n\n");
    }
}
