namespace Ledger.Query.Reports;

/// <summary>The forms in which <c>report</c> gives its report.</summary>
internal static class ReportForms
{
    /// <param name="format">md or json.</param>
    /// <param name="page">The Markdown file to write; null: the page goes to the terminal, without plots.</param>
    public static void Show(Edge edge, Report report, string format, string? page)
    {
        if (page is not null)
        {
            foreach (string path in ReportFiles.Write(report, page))
                edge.Error.WriteLine(path);
        }

        if (format == "json")
            edge.WriteJson(report);
        else if (page is null)
            edge.Output.Write(MarkdownReport.Of(report, plots: null));
    }
}
