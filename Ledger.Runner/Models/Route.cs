using Ledger.Domain.Models;

namespace Ledger.Runner.Models;

/// <summary>
/// The nodes that lead from one value of a graph to another, found once for each pair. Values are numbered: 0 is the one it starts from,
/// n + 1 what the n-th hop gives.
/// </summary>
/// <param name="Hops">In evaluation order; none where both ends are the same.</param>
internal sealed record Route(IReadOnlyList<Hop> Hops)
{
    /// <exception cref="ArgumentException">There is no such node, or it needs values that the start does not give.</exception>
    /// <param name="poolFirst">See <see cref="PoolFirst"/>.</param>
    public static Route Between(Architecture architecture, string from, string to, bool poolFirst = false)
    {
        var places = architecture.Nodes.Index().ToDictionary(node => node.Item.Id, node => node.Index, StringComparer.Ordinal);
        var needed = new SortedSet<int>();
        void Need(string id)
        {
            if (id == from)
                return;
            if (!places.TryGetValue(id, out var place))
                throw new ArgumentException($"'{to}' cannot be had from '{from}': it takes '{id}'", nameof(to));
            if (needed.Add(place))
                architecture.Nodes[place].Inputs.ToList().ForEach(Need);
        }

        Need(to);
        var numbers = needed.Index().ToDictionary(node => architecture.Nodes[node.Item].Id, node => node.Index + 1, StringComparer.Ordinal);
        numbers[from] = 0;
        var hops = needed.Select(place => new Hop(place, [.. architecture.Nodes[place].Inputs.Select(input => numbers[input])], [])).ToList();
        if (poolFirst)
            PoolFirst(architecture, hops);
        return new Route([.. hops.Index().Select(hop => hop.Item with { Done = Done(hops, hop.Index) })]);
    }

    /// <summary>
    /// A ReLU that nothing but a max pooling reads changes places with it. The largest value is the same, and so is its gradient, which is zero
    /// where that value is not above zero; and the ReLU has fewer values to go over.
    /// </summary>
    private static void PoolFirst(Architecture architecture, List<Hop> hops)
    {
        for (var at = 0; at < hops.Count; at++)
        {
            if (architecture.Nodes[hops[at].Node] is not MaxPool2d || hops[at].Inputs is not [> 0 and var read])
                continue;
            var before = hops[read - 1];
            if (architecture.Nodes[before.Node] is Relu && hops.Count(hop => hop.Inputs.Contains(read)) == 1)
                (hops[read - 1], hops[at]) = (before with { Node = hops[at].Node }, hops[at] with { Node = before.Node });
        }
    }

    /// <summary>What the hop is the last to read; neither the start nor the end is among them.</summary>
    private static int[] Done(List<Hop> hops, int index) =>
        [.. hops[index].Inputs.Distinct().Where(value => value > 0 && !hops.Skip(index + 1).Any(later => later.Inputs.Contains(value)))];
}

/// <param name="Node">Place of the node in the architecture.</param>
/// <param name="Inputs">Numbers of the values it reads.</param>
/// <param name="Done">Numbers of the values that nothing reads after it.</param>
internal sealed record Hop(int Node, int[] Inputs, int[] Done);
