using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>Output channels that live and die together: those of one layer, or of several whose outputs are added.</summary>
/// <param name="Makers">Ids of the convolutions whose filters, or the linear layers whose rows, make these channels.</param>
/// <param name="Norms">Ids of batch normalisations over these channels.</param>
/// <param name="Consumers">Ids of the convolutions and linear layers that read them, and features per channel (height·width behind a flatten).</param>
public sealed record ChannelGroup(
    int Channels, IReadOnlyList<string> Makers, IReadOnlyList<string> Norms, IReadOnlyList<(string Id, int Features)> Consumers);

/// <summary>
/// Finds which channels of a graph can be removed, by following every layer's channels to where they end. Channels that reach the logits
/// without another layer between, or are added to pixels or to channels of another kind of layer, are in no group and stay.
/// </summary>
public static class ChannelGroups
{
    public static IReadOnlyList<ChannelGroup> Of(Architecture architecture, PrunedUnits units = PrunedUnits.Filters)
    {
        var origin = Origins(architecture);
        var fixedOrigins = new HashSet<string>(StringComparer.Ordinal) { origin[Architecture.Pixels], origin[architecture.Nodes[^1].Id] };
        fixedOrigins.UnionWith(architecture.Nodes.Where(node => node is Weighted && !IsOf(node, units)).Select(node => origin[node.Id]));
        return [.. architecture.Nodes.OfType<Weighted>()
            .GroupBy(node => origin[node.Id], StringComparer.Ordinal)
            .Where(group => !fixedOrigins.Contains(group.Key))
            .Select(group => Group(architecture, [.. group], id => origin[id] == group.Key))];
    }

    private static bool IsOf(Node node, PrunedUnits units) => units == PrunedUnits.Filters ? node is Conv2d : node is Linear;

    private static ChannelGroup Group(Architecture architecture, Weighted[] makers, Predicate<string> isMember)
    {
        var channels = makers[0] switch { Conv2d conv => conv.OutChannels, Linear linear => linear.OutFeatures, var other => throw new NotSupportedException($"no channels of {other}") };
        var consumers = architecture.Nodes.OfType<Weighted>()
            .Where(node => isMember(node.Inputs[0]))
            .Select(node => (node.Id, node is Linear linear ? linear.InFeatures / channels : 1));
        var norms = architecture.Nodes.OfType<BatchNorm2d>().Where(node => isMember(node.Id)).Select(node => node.Id);
        return new ChannelGroup(channels, [.. makers.Select(node => node.Id)], [.. norms], [.. consumers]);
    }

    /// <summary>Node id → the first node whose channels it carries; added nodes share one.</summary>
    private static Dictionary<string, string> Origins(Architecture architecture)
    {
        var parent = new Dictionary<string, string>(StringComparer.Ordinal) { [Architecture.Pixels] = Architecture.Pixels };
        string Root(string id) => parent[id] == id ? id : parent[id] = Root(parent[id]);
        foreach (var node in architecture.Nodes)
        {
            parent[node.Id] = node is Weighted ? node.Id : Root(node.Inputs[0]);
            foreach (var other in node.Inputs.Skip(1))
                parent[Root(other)] = Root(node.Id);
        }
        return parent.Keys.ToDictionary(id => id, Root, StringComparer.Ordinal);
    }
}
