using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>Inserts simulated quantization of activations into a graph.</summary>
public static class ActivationQuantizer
{
    /// <param name="ranges">Every point at which values are quantized, and their range there.</param>
    /// <param name="training">For a network still to be trained: its gradient and decay (the form is the point's). Null: as it stands.</param>
    public static Architecture Insert(
        Architecture architecture, IReadOnlyDictionary<QuantizationPoint, ActivationRange> ranges, int bits, (StraightThrough Gradient, double? Ema)? training = null)
    {
        var nodes = new List<Node>();
        var current = new Dictionary<string, string>(StringComparer.Ordinal);
        string Now(string id) => current.GetValueOrDefault(id, id);
        string Quantize(QuantizationPoint point)
        {
            var id = Id(point);
            var node = ranges[point].Levels(bits, point.Form).Node(id, Now(point.Source), bits);
            nodes.Add(training is { } trained ? node with { Training = new RangeTraining(trained.Gradient, trained.Ema, point.Form) } : node);
            return id;
        }
        void Behind(string id)
        {
            if (ranges.Keys.FirstOrDefault(point => point.Source == id && point.Reader is null) is { } point)
                current[id] = Quantize(point);
        }

        Behind(Architecture.Pixels);
        foreach (var node in architecture.Nodes)
        {
            string Read(string input) => ranges.Keys.FirstOrDefault(point => point.Source == input && point.Reader == node.Id) is { } point
                ? Quantize(point)
                : Now(input);
            nodes.Add(node with { Inputs = [.. node.Inputs.Select(Read)] });
            Behind(node.Id);
        }
        return architecture with { Nodes = nodes };
    }

    /// <summary>Id of the node that quantizes at the point.</summary>
    public static string Id(QuantizationPoint point) => point.Reader is null ? $"{point.Source}_quantized" : $"{point.Reader}_input";
}
