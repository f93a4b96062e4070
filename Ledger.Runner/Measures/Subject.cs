using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Measures;

/// <summary>
/// What is measured, loaded when a metric first asks and shared by all metrics of the step: the network, its layers and spectra, the examples,
/// and their perturbed versions.
/// </summary>
internal sealed class Subject : IDisposable
{
    private readonly Lazy<Network> _network, _parent;
    private readonly Lazy<LayerMatrices> _layers;
    private readonly Lazy<Examples> _examples;
    private readonly Lazy<PerturbedExamples> _perturbed;
    private readonly Dictionary<string, Spectrum> _spectra = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NamedTensor> _series = new(StringComparer.Ordinal);
    private readonly Lazy<IReadOnlyDictionary<string, int[]>> _shapes;

    public Subject(StepTask task, CancellationToken stop)
    {
        (Task, Spec, Store, Stop) = (task, (MeasureSpec)task.Spec, new ArtifactStore(task.Artifacts), stop);
        Model = CompressStep.Load(Store, task.Models["model"]);
        Floats = WeightQuantizer.Dequantize(Model);
        _network = new(() => ModelFiles.Load(Store, task.Models["model"]));
        _parent = new(() => ModelFiles.Load(Store, task.Models.GetValueOrDefault("parent") ?? throw Lacks("parent")));
        _layers = new(() => LayerMatrices.Of(Floats));
        _shapes = new(() => Shapes.Of(Model.Architecture));
        _examples = new(ReadExamples);
        _perturbed = new(() => PerturbedExamples.Of(Examples, SafeTensors.Read(Store.ReadAll(ContentHash.Parse((task.Perturbed ?? throw Lacks("of")).Digest)))));
    }

    public StepTask Task { get; }

    public MeasureSpec Spec { get; }

    public ArtifactStore Store { get; }

    public CancellationToken Stop { get; }

    /// <summary>As stored.</summary>
    public ModelState Model { get; }

    /// <summary>With float32 weights.</summary>
    public ModelState Floats { get; }

    public Network Network => _network.Value;

    public Network Parent => _parent.Value;

    public LayerMatrices Layers => _layers.Value;

    public Examples Examples => _examples.Value;

    public PerturbedExamples Perturbed => _perturbed.Value;

    public Threat Threat => Spec.Threat ?? throw Lacks("threat");

    /// <summary>Longer results so far, as one artifact; null when there are none.</summary>
    public ArtifactRef? Series()
    {
        if (_series.Count == 0)
            return null;
        var stored = Store.Put(SafeTensors.Write(_series.Values));
        return new ArtifactRef(stored.Hash.ToString(), stored.Size);
    }

    public void Keep(string name, double[] values) =>
        _series[name] = new NamedTensor(name, TensorType.F64, [values.Length], MemoryMarshal.AsBytes<double>(values).ToArray());

    /// <exception cref="StepFailure">The layer has weights that are not finite.</exception>
    public Spectrum Spectrum(LayerMatrix layer)
    {
        Stop.ThrowIfCancellationRequested();
        if (!layer.Matrix.Values.All(double.IsFinite))
            throw new StepFailure(FailureCodes.Diverged, $"layer '{layer.Id}' has weights that are not finite");
        if (!_spectra.TryGetValue(layer.Id, out var spectrum))
            _spectra[layer.Id] = spectrum = Decompositions.Spectrum(layer.Matrix);
        return spectrum;
    }

    /// <summary>Shape of what a node gives, for one example.</summary>
    public int[] Shape(string node) => _shapes.Value[node];

    /// <summary>Weights, biases, and batch-norm scales and shifts in one vector.</summary>
    public double[] Parameters() =>
    [
        .. Floats.Tensors.Keys.Where(name => name.EndsWith(".weight", StringComparison.Ordinal) || name.EndsWith(".bias", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).SelectMany(Floats.Floats).Select(value => (double)value),
    ];

    private Examples ReadExamples()
    {
        if (Spec.Data is not { } selection)
            throw Lacks("data");
        var data = Examples.Read(Task.Sources[selection.Source], selection);
        EvaluatedExamples.RefuseMismatch(Model.Architecture, data);
        return data;
    }

    private StepFailure Lacks(string key) =>
        new(FailureCodes.Error, $"a metric of {string.Join(", ", Spec.Metrics)} needs {key}, but the step names no {key}");

    public void Dispose()
    {
        foreach (var network in new[] { _network, _parent }.Where(network => network.IsValueCreated))
            network.Value.Dispose();
    }
}
