using System.CommandLine;

namespace Ledger.Query.Lineage;

/// <summary><c>lineage</c>.</summary>
internal static class LineageCommand
{
    public static Command Verb(Edge edge)
    {
        var what = new Argument<string>("what") { Description = "The beginning of a run's id or of a digest, or a cell as results/table/key/column." };
        var up = new Option<bool>("--up") { Description = "Only what it comes from." };
        var down = new Option<bool>("--down") { Description = "Only what rests on it." };
        var asOf = new Option<string?>("--as-of") { Description = "A position or a time: as it was then." };
        var dot = new Option<bool>("--dot") { Description = "For Graphviz: ledger lineage … --dot | dot -Tsvg > lineage.svg" };
        var json = new Option<bool>("--json") { Description = "JSON: nodes and edges." };
        var verb = new Command("lineage", "From the bytes of data over networks and attacks to a number, and what rests on it.") { what, up, down, asOf, dot, json };
        verb.SetAction((parsed, stop) => edge.Send(
            new ShowLineage(parsed.GetValue(what)!, parsed.GetValue(up) || !parsed.GetValue(down), parsed.GetValue(down) || !parsed.GetValue(up), parsed.GetValue(asOf)),
            graph =>
            {
                if (parsed.GetValue(json))
                    edge.WriteJson(graph);
                else if (parsed.GetValue(dot))
                    edge.Output.WriteLine(graph.ToDot());
                else
                    LineageConsole.Show(edge.Output, graph);
            },
            stop));
        return verb;
    }
}
