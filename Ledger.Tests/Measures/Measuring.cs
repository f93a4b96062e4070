using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Measures;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using Ledger.Tests.Support;
using TorchSharp;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Measures;

/// <summary>Measurements of small networks, and their values by name and layer.</summary>
internal static class Measuring
{
    public static readonly Threat Linf = new(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, true);

    public static readonly Threat L2 = new(Norm.L2, Exact.Parse("0.5"), Space.Pixel, true);

    public static readonly MetricSettings Product = new(LipschitzBound: new(["product"], null, null));

    /// <summary>A network with the given weights (row-major), everything else zero.</summary>
    public static Network Net(int[] input, IReadOnlyList<Node> nodes, params (string Name, float[] Values)[] weights)
    {
        var architecture = new Architecture(input, ((Linear)nodes[^1]).OutFeatures, nodes);
        var network = Tests.Models.Nets.Of(architecture);
        foreach (var slot in network.State())
        {
            var values = weights.FirstOrDefault(weight => weight.Name == slot.Name).Values;
            if (slot.Type != TensorType.F32 || values is null)
                continue;
            using var off = torch.no_grad();
            network[slot.Name].copy_(torch.tensor(values).reshape(slot.Shape));
        }
        foreach (var bias in network.State().Where(slot => slot.Name.EndsWith(".bias", StringComparison.Ordinal) && !weights.Any(weight => weight.Name == slot.Name)))
        {
            using var off = torch.no_grad();
            network[bias.Name].zero_();
        }
        return network;
    }

    public static MeasurementCompleted Of(Network network, MeasureSpec spec, float[]? perturbed = null, Network? parent = null)
    {
        using var situation = new StepSituation();
        return Of(situation, network, spec, perturbed, parent);
    }

    public static MeasurementCompleted Of(StepSituation situation, Network network, MeasureSpec spec, float[]? perturbed = null, Network? parent = null)
    {
        var task = situation.Task(spec, network);
        if (parent is not null)
            task = task with { Models = new Dictionary<string, ModelRef>(task.Models) { ["parent"] = ModelFiles.Save(situation.Store, parent) } };
        if (perturbed is not null)
        {
            var shape = (long[])[perturbed.Length / 784, 1, 28, 28];
            var stored = situation.Store.Put(SafeTensors.Write([new NamedTensor("pixels", TensorType.F32, shape, MemoryMarshal.AsBytes<float>(perturbed).ToArray())]));
            task = task with { Perturbed = new ArtifactRef(stored.Hash.ToString(), stored.Size) };
        }
        return MeasureStep.Run(task, Xunit.TestContext.Current.CancellationToken).Completion;
    }

    public static double Value(this MeasurementCompleted measured, string name, string? layer = null) =>
        measured.Metrics.Single(metric => metric.Name == name && metric.Layer == layer).Value ?? double.NaN;

    /// <summary>The kept series of that name.</summary>
    public static double[] Series(this StepSituation situation, MeasurementCompleted measured, string name) =>
        MemoryMarshal.Cast<byte, double>(SafeTensors.Read(situation.Store.ReadAll(ContentHash.Parse(measured.Series!.Digest)))[name].Data.Span).ToArray();

    /// <summary>Standard normal values from a seed.</summary>
    public static torch.Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = Determinism.Generator(seed);
        return torch.randn(shape, torch.float64, generator: generator);
    }
}
