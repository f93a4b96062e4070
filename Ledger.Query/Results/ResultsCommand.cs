using Ledger.Domain;

namespace Ledger.Query.Results;

/// <summary>The forms in which <c>results</c> shows its table.</summary>
internal static class ResultsCommand
{
    public static readonly string[] Formats = ["text", "csv", "json", "md", "latex", "parquet"];

    /// <param name="format">Of <see cref="Formats"/>.</param>
    /// <param name="file">For Parquet, which no terminal shows; otherwise null.</param>
    /// <exception cref="BadInput">Parquet without a file, or a file without Parquet.</exception>
    public static void Show(Edge edge, ResultsTable table, string format, bool wide, string? file)
    {
        if (file is null == (format == "parquet"))
            throw new BadInput(new Problem(file is null ? "no file" : $"'{file}'", "a file with --format parquet, and only then", "--out"));
        switch (format)
        {
            case "json":
                edge.WriteJson(table);
                break;
            case "csv":
                edge.Output.WriteLine(ResultsFiles.Csv(table));
                break;
            case "md":
                edge.Output.WriteLine(ResultsFiles.Markdown(table));
                break;
            case "latex":
                edge.Output.WriteLine(LatexTable.Of(table));
                break;
            case "parquet":
                // Parquet.Net writes to memory here and never waits.
                File.WriteAllBytes(file!, ParquetRows.Of(table).GetAwaiter().GetResult());
                edge.Error.WriteLine(Path.GetFullPath(file!));
                break;
            default:
                if (wide)
                    ResultsConsole.RenderWide(edge.Console, table);
                else
                    ResultsConsole.Render(edge.Console, table);
                break;
        }
    }
}
