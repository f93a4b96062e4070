using System.Text;
using Ledger.Query.Reports.Plots;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>
/// A report on disk: the page, and beside it a folder of the page's name in lowercase with the plots, and each study's results and metrics as CSV.
/// <c>results/tscnc.md</c> has its plots in <c>results/tscnc/</c>.
/// </summary>
internal static class ReportFiles
{
    /// <summary>Writes what has changed and gives the paths of everything, the page first.</summary>
    public static IReadOnlyList<string> Write(Report report, string page)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, Path.GetFileNameWithoutExtension(page).ToLowerInvariant());
        Directory.CreateDirectory(folder);
        var files = new List<(string Path, string Text)> { (Path.GetFullPath(page), MarkdownReport.Of(report, Path.GetFileName(folder))) };
        foreach (var study in report.Experiments)
        {
            files.AddRange(study.Plots.Select(plot => (Path.Combine(folder, $"{plot.Name}.svg"), SvgPlot.Of(plot))));
            if (study.Results.Rows.Count > 0)
                files.Add((Path.Combine(folder, $"{study.Experiment.Slug}.csv"), ResultsFiles.Csv(study.Results) + "\n"));
            if (study.Measured.Count > 0)
                files.Add((Path.Combine(folder, $"{study.Experiment.Slug}-metrics.csv"), Metrics(study)));
        }

        foreach (var (path, text) in files.Where(file => !File.Exists(file.Path) || File.ReadAllText(file.Path) != file.Text))
            File.WriteAllText(path, text);
        return [.. files.Select(file => file.Path)];
    }

    /// <summary>Every metric of every network, layers included.</summary>
    private static string Metrics(ExperimentReport study)
    {
        var text = new StringBuilder();
        ResultsFiles.Csv(text, study.Results.Axes, study.Measured, row => row.Point);
        return text.ToString();
    }
}
