namespace Ledger.Query.Results;

/// <summary>The forms in which <c>results</c> shows its table.</summary>
internal static class ResultsCommand
{
    /// <param name="format">text, csv, json or md.</param>
    public static void Show(Edge edge, ResultsTable table, string format, bool wide)
    {
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
            default:
                if (wide)
                    ResultsConsole.RenderWide(edge.Console, table);
                else
                    ResultsConsole.Render(edge.Console, table);
                break;
        }
    }
}
