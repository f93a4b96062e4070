using System.Text.Json;
using System.Xml.Linq;
using Parquet;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary>The page a study ends in, and the files beside it.</summary>
public sealed class ReportTests(StudyLedger ledger) : IClassFixture<StudyLedger>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_is_this_page() => await Snapshots.Hold("report-study", (await Said.By(ledger.Place, "report", "study")).Output);

    [Fact]
    public async Task The_page_and_its_plots_are_written_the_same_twice()
    {
        string folder = Directory.CreateTempSubdirectory("ledger-report-").FullName;
        try
        {
            var first = await Written(folder, "RESULTS.md");
            var second = await Written(folder, "RESULTS.md");
            second.ShouldBe(first);
            first.Keys.ShouldContain("RESULTS.md");
            first.Keys.ShouldContain("results/study.csv");
            first["results/study-metrics.csv"].Split("\r\n")[4].ShouldStartWith("standard,0,01JG0100000000000000000000,1,base,size,,,,operator_norm_2,fc1,15,");
            var plots = first.Where(file => file.Key.EndsWith(".svg", StringComparison.Ordinal)).ToList();
            plots.Select(plot => plot.Key).ShouldBe(
                [
                    "results/study-robust-accuracy-against-weight-worst-case-linf-8-255.svg", "results/study-robust-accuracy-against-weight-worst-case-linf-0-1.svg",
                    "results/study-robust-accuracy-against-weight-both-0-1.svg", "results/study-robust-accuracy-against-weight-fgsm-linf.svg",
                    "results/study-robust-accuracy-against-eps-curve.svg", "results/study-robust-accuracy-against-macs-worst-case-linf-8-255.svg",
                    "results/study-robust-accuracy-against-macs-worst-case-linf-0-1.svg",
                ], ignoreOrder: true);
            foreach (var (path, text) in plots)
            {
                XDocument.Parse(text).Root!.Name.LocalName.ShouldBe("svg");
                first["RESULTS.md"].ShouldContain($"]({path})");
            }

            await Snapshots.Hold("report-weight-svg", first["results/study-robust-accuracy-against-weight-worst-case-linf-8-255.svg"]);
            await Snapshots.Hold("report-eps-svg", first["results/study-robust-accuracy-against-eps-curve.svg"]);
            // Against a metric the members of a sweep, here the weights, are one line for each training.
            XDocument.Parse(first["results/study-robust-accuracy-against-macs-worst-case-linf-8-255.svg"]).Descendants()
                .Count(element => element.Name.LocalName == "polyline").ShouldBe(2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_same_position_gives_the_same_page_whatever_came_later()
    {
        using var now = JsonDocument.Parse((await Said.By(ledger.Place, "report", "study", "--format", "json")).Output);
        string head = now.RootElement.GetProperty("position").ToString();
        (await Said.By(ledger.Place, "report", "study", "--as-of", head)).Output.ShouldBe((await Said.By(ledger.Place, "report", "study")).Output);
        now.RootElement.GetProperty("experiments")[0].GetProperty("checks")[0].GetProperty("verdict").GetString().ShouldBe("held");
    }

    [Fact]
    public async Task A_place_that_is_no_page_is_bad_input() =>
        (await Said.By(ledger.Place, "report", "study", "--out", "results")).Error.ShouldContain("a file that ends in .md");

    [Fact]
    public async Task The_table_has_the_columns_asked_for_and_no_curve() =>
        (await Said.By(ledger.Place, "results", "study")).Output.Split('\n')[1].ShouldBe("training     weight       clean     FGSM L∞  sparsity %");

    [Fact]
    public async Task Parquet_holds_the_rows_of_the_table_with_their_types()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("ledger-parquet-").FullName, "results.parquet");
        (await Said.By(ledger.Place, "results", "study", "--format", "parquet", "--out", file)).ExitCode.ShouldBe(0);
        await using var stream = File.OpenRead(file);
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: Stop);
        using var group = reader.OpenRowGroupReader(0);
        var field = reader.Schema.GetDataFields().Single(column => column.Name == "robust_accuracy");
        var robust = new double?[group.RowCount];
        await group.ReadAsync<double>(field, robust.AsMemory(), cancellationToken: Stop);
        robust.Length.ShouldBe(135);
        robust.ShouldAllBe(value => value >= 0 && value <= 0.9);
        reader.Schema.GetDataFields().Select(column => column.Name).Take(2).ShouldBe(["training", "weight"]);
    }

    private async Task<Dictionary<string, string>> Written(string folder, string page)
    {
        var said = await Said.By(ledger.Place, "report", "study", "--out", Path.Combine(folder, page));
        said.ExitCode.ShouldBe(0, said.Error);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            files.Add(Path.GetRelativePath(folder, file), await File.ReadAllTextAsync(file, Stop));
        return files;
    }
}
