namespace Ledger.Query.Lineage;

/// <summary>A lineage as two trees of text: what it comes from, and what rests on it. A node with something below it that was shown before is not unfolded again.</summary>
internal static class LineageConsole
{
    public static void Show(TextWriter output, LineageGraph graph)
    {
        var nodes = graph.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        var before = graph.Edges.ToLookup(edge => edge.To, edge => (edge.Role, Id: edge.From), StringComparer.Ordinal);
        var after = graph.Edges.ToLookup(edge => edge.From, edge => (edge.Role, Id: edge.To), StringComparer.Ordinal);
        var start = graph.Start.Where(nodes.ContainsKey).ToList();
        Tree(output, "comes from", start, before, nodes);
        Tree(output, "rests on it", start, after, nodes);
        if (!graph.IsWhole)
            output.WriteLine($"Cut at {LineageGraph.Most} nodes: ask about a part of it.");
        output.WriteLine($"position {graph.Position}");
    }

    private static void Tree(TextWriter output, string title, IReadOnlyList<string> start, ILookup<string, (string Role, string Id)> next, Dictionary<string, LineageNode> nodes)
    {
        // Of a run's steps those are the roots that no other leads to.
        var led = start.SelectMany(id => next[id]).SelectMany(edge => next[edge.Id].Append(edge)).Select(edge => edge.Id).ToHashSet(StringComparer.Ordinal);
        var roots = start.Where(id => !led.Contains(id) && next[id].Any()).ToList();
        if (roots.Count == 0)
            return;
        output.WriteLine(title);
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (string root in roots)
            Branch(root, "", "  ");
        output.WriteLine();

        void Branch(string id, string role, string indent)
        {
            var node = nodes[id];
            bool again = !shown.Add(id) && next[id].Any();
            output.WriteLine($"{indent}{role}{node.Label}{(node.Says is null ? "" : $"  {node.Says}")}{(node.Run is null ? "" : $"  run {node.Run[..10]}")}{(again ? "  (above)" : "")}");
            if (again)
                return;
            foreach (var (of, other) in next[id].Where(edge => nodes.ContainsKey(edge.Id)))
                Branch(other, $"{of}: ", indent + "  ");
        }
    }
}
