using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Support;

/// <summary>A step about to run: an artifact store of its own, a network in it, and the Fashion-MNIST sample.</summary>
internal sealed class StepSituation : IDisposable
{
    private const string Source = "fashion-mnist-sample";

    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-step-").FullName;

    public static DataLocation Sample { get; } = new(Source, "idx", Path.Combine(AppContext.BaseDirectory, "data", Source));

    public static ExamplesSpec Test(int count) => new(Source, "test", count);

    public static ExamplesSpec Train(int count) => new(Source, "train", count);

    public ArtifactStore Store => new(_folder);

    public StepTask Task(StepSpec spec, Network network) => Task(spec, ModelFiles.Save(Store, network));

    public StepTask Task(StepSpec spec, ModelRef model, ulong seed = 5) => new(
        "step", spec, new Dictionary<string, ModelRef> { ["model"] = model }, new Dictionary<string, ulong> { [SeedPurposes.Attack] = seed },
        new Dictionary<string, DataLocation> { [Source] = Sample }, _folder, Threads: 1);

    /// <summary>
    /// A linear network that takes the class whose mean image is nearest, x·μ − ‖μ‖²/2: right on two images of three without any training.
    /// </summary>
    public static Network NearestMean()
    {
        var data = Examples.Read(Sample, Train(1000));
        var size = data.Pixels.Length / data.Count;
        float[] weights = new float[10 * size], biases = new float[10];
        for (var row = 0; row < data.Count; row++)
        {
            var share = 1f / 255 / data.Labels.Count(label => label == data.Labels[row]);
            for (var i = 0; i < size; i++)
                weights[(data.Labels[row] * size) + i] += data.Pixels[(row * size) + i] * share;
        }
        for (var label = 0; label < 10; label++)
            biases[label] = -weights.AsSpan(label * size, size).ToArray().Sum(weight => weight * weight) / 2;
        return Network.Load(
            new Architecture([1, 28, 28], 10, [new Flatten("flat", [Architecture.Pixels]), new Linear("head", ["flat"], size, 10, Bias: true)]),
            [Floats("head.weight", [10, size], weights), Floats("head.bias", [10], biases)]);
    }

    public static NamedTensor Floats(string name, long[] shape, float[] values) =>
        new(name, TensorType.F32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
