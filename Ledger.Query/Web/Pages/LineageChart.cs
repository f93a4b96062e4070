using Ledger.Query.Lineage;

namespace Ledger.Query.Web.Pages;

/// <summary>A lineage as a graph of ECharts: from left to right, each node one column after the last it rests on.</summary>
internal static class LineageChart
{
    private static readonly Dictionary<string, string> Colours = new(StringComparer.Ordinal)
    {
        ["data"] = "#8a6d3b",
        ["artifact"] = "#7a828c",
        ["train"] = "#1f7a4d",
        ["compress"] = "#7a4fb5",
        ["attack"] = "#c0392b",
        ["measure"] = "#1f5fa8",
    };

    public static object Of(LineageGraph graph)
    {
        var depths = Depths(graph);
        var places = graph.Nodes.GroupBy(node => depths[node.Id]).SelectMany(column => column.Index().Select(at => (at.Item, X: column.Key * 160, Y: (at.Index - (column.Count() / 2.0)) * 46)));
        return new
        {
            tooltip = new { },
            series = new[]
            {
                new
                {
                    type = "graph", layout = "none", roam = true, edgeSymbol = new[] { "none", "arrow" }, edgeSymbolSize = 7,
                    label = new { show = graph.Nodes.Count <= 60, position = "bottom", fontSize = 10, width = 150, overflow = "truncate" },
                    lineStyle = new { color = "#9aa4af", curveness = 0.1 },
                    data = places.Select(place => new
                    {
                        id = place.Item.Id, name = place.Item.Says is null ? place.Item.Label : $"{place.Item.Label}: {place.Item.Says}", x = place.X, y = place.Y,
                        symbol = place.Item.Run is null ? "circle" : "roundRect", symbolSize = graph.Start.Contains(place.Item.Id, StringComparer.Ordinal) ? 22 : 14, itemStyle = new { color = Colours[place.Item.Kind] },
                    }).ToArray(),
                    links = graph.Edges.Select(edge => new { source = edge.From, target = edge.To, value = edge.Role }).ToArray(),
                },
            },
        };
    }

    /// <summary>The longest way from a node that rests on nothing. Bytes equal by chance may close a circle: as many rounds as there are nodes are enough.</summary>
    internal static IReadOnlyDictionary<string, int> Depths(LineageGraph graph)
    {
        var depths = graph.Nodes.ToDictionary(node => node.Id, _ => 0, StringComparer.Ordinal);
        for (int round = 0, changed = 1; round < graph.Nodes.Count && changed > 0; round++)
        {
            changed = 0;
            foreach (var edge in graph.Edges.Where(edge => depths[edge.To] <= depths[edge.From] && depths[edge.From] < graph.Nodes.Count))
                (depths[edge.To], changed) = (depths[edge.From] + 1, changed + 1);
        }

        return depths;
    }
}
