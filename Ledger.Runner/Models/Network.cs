using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ledger.Runner.Models;

/// <summary>
/// An <see cref="Architecture"/> with weights: computes logits from pixels in [0, 1], with gradients. It holds native memory
/// outside any dispose scope until it is disposed of. Not safe for use by two threads at once.
/// </summary>
public sealed class Network : IDisposable
{
    private readonly Dictionary<string, Tensor> state;
    private readonly IReadOnlyList<NodeWeights> weights;

    private readonly bool fastPooling;
    private readonly Dictionary<(string From, string To), Route> routes = [];

    private Network(Architecture architecture, Func<Slot, Tensor> value, bool fastPooling)
    {
        using var scope = NewDisposeScope();
        Architecture = architecture;
        this.fastPooling = fastPooling;
        state = StateLayout.Of(architecture).ToDictionary(
            slot => slot.Name, slot => slot.Trained ? new Parameter(value(slot)) : value(slot), StringComparer.Ordinal);
        weights = [.. architecture.Nodes.Select(node => NodeWeights.Of(node, state))];
        Parameters = [.. StateLayout.Of(architecture).Where(slot => slot.Trained).Select(slot => (Parameter)state[slot.Name])];
        foreach (var tensor in Held())
            tensor.DetachFromDisposeScope();
    }

    public Architecture Architecture { get; }

    /// <summary>Whether batch norm uses (and updates) the statistics of the batch. False: evaluation.</summary>
    public bool Training { get; set; }

    /// <summary>Null: layers compute with their parameters as they are.</summary>
    public Reparametrization? Reparametrization { get; set; }

    /// <summary>What an optimizer changes, in registration order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>A new network, drawn from <paramref name="generator"/> in registration order.</summary>
    /// <param name="init">Null: PyTorch's default initialisation.</param>
    public static Network Initialise(Architecture architecture, Generator generator, WeightInit? init = null) =>
        new(architecture, slot => Initialisation.Draw(architecture, slot, generator, init), fastPooling: true);

    /// <summary>A network with the given state, which must be exactly the one the architecture asks for.</summary>
    /// <exception cref="StateMismatch">Tensors are missing, unknown, or of another type or shape; all are named.</exception>
    public static Network Load(Architecture architecture, IReadOnlyList<NamedTensor> tensors) => Load(architecture, tensors, fastPooling: true);

    /// <param name="fastPooling">
    /// Pools in channels-last layout, several times faster than libtorch's channels-first kernel, and before a ReLU in place of after it: the same
    /// values and gradients.
    /// </param>
    internal static Network Load(Architecture architecture, IReadOnlyList<NamedTensor> tensors, bool fastPooling)
    {
        StateMismatch.ThrowIfNot(StateLayout.Of(architecture), tensors);
        var byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        NativeLibraries.Load();
        return new Network(architecture, slot => TensorBytes.ToTensor(byName[slot.Name]), fastPooling);
    }

    /// <summary>A copy of the state, in registration order.</summary>
    public IReadOnlyList<NamedTensor> State() => [.. StateLayout.Of(Architecture).Select(slot => TensorBytes.Name(slot.Name, state[slot.Name]))];

    /// <summary>The live tensor of that name: a parameter, a statistic, or integer weights. Changes to it change the network.</summary>
    public Tensor this[string name] => state[name];

    /// <param name="pixels">[n, channels, height, width], float32 in [0, 1].</param>
    /// <returns>[n, classes].</returns>
    public Tensor Forward(Tensor pixels) => Run(Architecture.Pixels, pixels, Last);

    /// <summary>What the network's first normalisation makes of the pixels; the pixels themselves if it has none.</summary>
    public Tensor Normalize(Tensor pixels) => Run(Architecture.Pixels, pixels, Normalized);

    /// <summary>The logits from normalised inputs on: <c>Forward(x) = ForwardNormalized(Normalize(x))</c>.</summary>
    public Tensor ForwardNormalized(Tensor normalized) => Run(Normalized, normalized, Last);

    /// <summary>One forward pass in which every value is shown: first the pixels, then each node's in evaluation order.</summary>
    /// <param name="see">Node id, its value; valid until the call returns.</param>
    public void Watch(Tensor pixels, Action<string, Tensor> see)
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Architecture.Pixels] = pixels };
        see(Architecture.Pixels, pixels);
        foreach (var (index, node) in Architecture.Nodes.Index())
        {
            values[node.Id] = Evaluation.Of(node, [.. node.Inputs.Select(input => values[input])], Used(node, weights[index]), Training, fastPooling);
            see(node.Id, values[node.Id]);
        }
    }

    /// <summary>The value of node <paramref name="node"/> (or of <see cref="Architecture.Pixels"/>) for the pixels.</summary>
    public Tensor Value(Tensor pixels, string node) => Run(Architecture.Pixels, pixels, node);

    public void Dispose()
    {
        foreach (var tensor in Held())
            tensor.Dispose();
    }

    private string Last => Architecture.Nodes[^1].Id;

    private string Normalized => Architecture.Nodes.OfType<Normalize>().FirstOrDefault()?.Id ?? Architecture.Pixels;

    private IEnumerable<Tensor> Held() => state.Values.Concat(weights.SelectMany(node => node.Derived));

    private Tensor Run(string from, Tensor value, string to)
    {
        if (!routes.TryGetValue((from, to), out var route))
            routes[(from, to)] = route = Route.Between(Architecture, from, to, fastPooling);
        if (route.Hops.Count == 0)
            return value.alias();
        using var scope = NewDisposeScope();
        var values = new Tensor[route.Hops.Count + 1];
        values[0] = value;
        for (var number = 1; number < values.Length; number++)
        {
            var hop = route.Hops[number - 1];
            values[number] = Compute(hop, values);
            // What autograd needs of a value it holds itself.
            foreach (var done in hop.Done)
                values[done].Dispose();
        }

        return values[^1].MoveToOuterDisposeScope();
    }

    private Tensor Compute(Hop hop, Tensor[] values)
    {
        using var scope = NewDisposeScope();
        var node = Architecture.Nodes[hop.Node];
        var inputs = Array.ConvertAll(hop.Inputs, input => values[input]);
        return Evaluation.Of(node, inputs, Used(node, weights[hop.Node]), Training, fastPooling).MoveToOuterDisposeScope();
    }

    private NodeWeights Used(Node node, NodeWeights own)
    {
        if (Reparametrization is not { } make || node is not Weighted layer)
            return own;
        var (weight, bias) = make(layer, own.Weight!, own.Bias, Training);
        return own with { Weight = weight, Bias = bias };
    }
}

/// <summary>
/// Makes what a layer computes with out of its parameters, anew in every forward pass: gates, masks by scores, rounding. Gives back
/// the same tensors where nothing is to change.
/// </summary>
/// <param name="training">See <see cref="Network.Training"/>.</param>
public delegate (Tensor Weight, Tensor? Bias) Reparametrization(Weighted layer, Tensor weight, Tensor? bias, bool training);
