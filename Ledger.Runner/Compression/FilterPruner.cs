using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>Channels of one group that are to go.</summary>
public sealed record Removal(ChannelGroup Group, IReadOnlySet<int> Channels);

/// <summary>
/// Chooses the convolution filters (or the rows of hidden linear layers) of smallest norm. A group of coupled channels is scored by the sum
/// of its filters' norms. In each layer round(ratio·filters) go; over the whole network the same share of all filters goes, where a filter's norm counts
/// relative to the mean of its layer, since norms grow with the number of inputs. Every layer keeps a filter; ties go by position.
/// </summary>
public static class FilterPruner
{
    public static IReadOnlyList<Removal> Choose(ModelState model, FilterPruning spec)
    {
        var groups = Groups(model.Architecture, spec);
        var scores = groups.Select(group => Scores(model, group, spec.Norm)).ToArray();
        var chosen = spec.Scope == Scope.PerLayer
            ? scores.Select(score => Smallest([score], Share.Of(spec.Ratio, score.Length))[0])
            : Smallest([.. scores.Select(Relative)], Share.Of(spec.Ratio, scores.Sum(score => score.Length)));
        return [.. groups.Zip(chosen, (group, channels) => new Removal(group, channels))];
    }

    private static IReadOnlyList<ChannelGroup> Groups(Architecture architecture, FilterPruning spec)
    {
        var pruned = PrunedLayers.Of(architecture, spec.Except).Select(layer => layer.Id).ToHashSet(StringComparer.Ordinal);
        return [.. ChannelGroups.Of(architecture, spec.Units ?? PrunedUnits.Filters).Where(group => group.Makers.All(pruned.Contains))];
    }

    /// <summary>Takes the channels out; the network has fewer filters, and whatever read them fewer inputs.</summary>
    public static ModelState Remove(ModelState model, IReadOnlyList<Removal> removals) => removals.Aggregate(model, Remove);

    /// <summary>Keeps the shapes and makes the channels zero: their filters, biases and batch-norm scales and shifts.</summary>
    public static ModelState Mask(ModelState model, IReadOnlyList<Removal> removals) => removals.Aggregate(model, Mask);

    private static ModelState Remove(ModelState model, Removal removal)
    {
        var kept = Enumerable.Range(0, removal.Group.Channels).Where(channel => !removal.Channels.Contains(channel)).ToArray();
        var outputs = OutputTensors(model, removal.Group).Concat(Statistics(removal.Group));
        var features = removal.Group.Consumers.ToDictionary(consumer => consumer.Id, consumer => consumer.Features, StringComparer.Ordinal);
        var changed = model.With(outputs.Select(name => Slices.Keep(model, name, 0, kept)));
        foreach (var (id, perChannel) in features)
        {
            var inputs = kept.SelectMany(channel => Enumerable.Range(channel * perChannel, perChannel)).ToArray();
            changed = changed.With(Slices.Keep(changed, $"{id}.weight", 1, inputs));
        }
        return changed with { Architecture = Smaller(model.Architecture, removal.Group, features, kept.Length) };
    }

    private static Architecture Smaller(
        Architecture architecture, ChannelGroup group, Dictionary<string, int> features, int channels)
    {
        Node Resize(Node node) => Outputs(Inputs(node));
        Node Outputs(Node node) => node switch
        {
            Conv2d conv when group.Makers.Contains(conv.Id) => conv with { OutChannels = channels },
            Linear linear when group.Makers.Contains(linear.Id) => linear with { OutFeatures = channels },
            BatchNorm2d norm when group.Norms.Contains(norm.Id) => norm with { Channels = channels },
            _ => node,
        };
        Node Inputs(Node node) => node switch
        {
            Conv2d conv when features.ContainsKey(conv.Id) => conv with { InChannels = channels },
            Linear linear when features.TryGetValue(linear.Id, out var perChannel) => linear with { InFeatures = channels * perChannel },
            _ => node,
        };
        return architecture with { Nodes = [.. architecture.Nodes.Select(Resize)] };
    }

    private static ModelState Mask(ModelState model, Removal removal) =>
        model.With(OutputTensors(model, removal.Group).Select(name => Slices.Zero(model, name, removal.Channels)));

    /// <summary>Learned tensors whose first dimension is the group's channels.</summary>
    private static IEnumerable<string> OutputTensors(ModelState model, ChannelGroup group) =>
        group.Makers.Concat(group.Norms).SelectMany(id => new[] { $"{id}.weight", $"{id}.bias" }).Where(model.Tensors.ContainsKey);

    private static IEnumerable<string> Statistics(ChannelGroup group) =>
        group.Norms.SelectMany(id => new[] { $"{id}.running_mean", $"{id}.running_var" });

    private static double[] Scores(ModelState model, ChannelGroup group, FilterNorm norm)
    {
        var scores = new double[group.Channels];
        foreach (var id in group.Makers)
        {
            var weights = model.Floats($"{id}.weight");
            foreach (var (channel, filter) in weights.Chunk(weights.Length / group.Channels).Index())
                scores[channel] += Norm(filter, norm);
        }
        return scores;
    }

    private static double Norm(float[] filter, FilterNorm norm) => norm switch
    {
        FilterNorm.L1 => filter.Sum(weight => Math.Abs((double)weight)),
        FilterNorm.L2 => Math.Sqrt(filter.Sum(weight => (double)weight * weight)),
        _ => throw new ArgumentOutOfRangeException(nameof(norm), norm, "no such filter norm"),
    };

    private static double[] Relative(double[] scores)
    {
        var mean = scores.Average();
        return mean > 0 ? [.. scores.Select(score => score / mean)] : scores;
    }

    private static HashSet<int>[] Smallest(double[][] scores, int count)
    {
        var chosen = scores.Select(_ => new HashSet<int>()).ToArray();
        var order = scores
            .SelectMany((layer, group) => layer.Select((score, channel) => (Score: score, Group: group, Channel: channel)))
            .OrderBy(candidate => candidate.Score);
        foreach (var (_, group, channel) in order)
        {
            if (count > 0 && chosen[group].Count < scores[group].Length - 1)
            {
                chosen[group].Add(channel);
                count--;
            }
        }
        return chosen;
    }
}
