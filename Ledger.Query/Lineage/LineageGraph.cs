namespace Ledger.Query.Lineage;

/// <summary>Bytes, or a step that read some and made others.</summary>
/// <param name="Id"><c>bytes/DIGEST</c> or <c>step/RUN/PATH</c>.</param>
/// <param name="Kind">data, artifact, train, compress, attack or measure.</param>
/// <param name="Label">For people: the data's name, the artifact's role, or the step's path with its point.</param>
/// <param name="Says">What came out of a step, in a few words; null for bytes, and where nothing did.</param>
/// <param name="Run">The run that computed it; null for bytes.</param>
public sealed record LineageNode(string Id, string Kind, string Label, string? Says, string? Run);

/// <summary>From what was read or made to what read or was made.</summary>
/// <param name="Role">data, model.weights, weights, outcomes and so on.</param>
public sealed record LineageEdge(string From, string To, string Role);

/// <summary>Where something comes from, and what rests on it: bytes and steps by turns.</summary>
/// <param name="Position">Position of the ledger this is as of.</param>
/// <param name="Start">Nodes that were asked about.</param>
/// <param name="IsWhole">Whether nothing was left out for its number.</param>
public sealed record LineageGraph(long Position, IReadOnlyList<string> Start, IReadOnlyList<LineageNode> Nodes, IReadOnlyList<LineageEdge> Edges, bool IsWhole)
{
    /// <summary>Most nodes; beyond these a graph tells nobody anything.</summary>
    public const int Most = 500;

    /// <summary>In the language of Graphviz.</summary>
    public string ToDot()
    {
        var lines = new List<string> { "digraph lineage {", "  rankdir=LR; node [shape=box, fontname=\"sans-serif\"];" };
        lines.AddRange(Nodes.Select(node =>
            $"  {Quoted(node.Id)} [label={Quoted(node.Says is null ? $"{node.Label}" : $"{node.Label}\n{node.Says}")}{(node.Run is null ? ", shape=ellipse" : "")}{(Start.Contains(node.Id, StringComparer.Ordinal) ? ", penwidth=2" : "")}];"));
        lines.AddRange(Edges.Select(edge => $"  {Quoted(edge.From)} -> {Quoted(edge.To)} [label={Quoted(edge.Role)}];"));
        return string.Join('\n', [.. lines, "}"]);
    }

    // The language knows two escapes in quoted text that matter: the quote, and the line break.
    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
