using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm2d = Ledger.Domain.Models.BatchNorm2d;
using Conv2d = Ledger.Domain.Models.Conv2d;

namespace Ledger.Runner.Training.Regularizers;

/// <summary>
/// One hard-concrete gate in [0, 1] for each filter of some convolutions (Louizos et al. 2018): with e uniform on (1e-6, 1 − 1e-6),
/// s = sigmoid((log e − log(1 − e) + log α)/τ), gate = clamp(1.2·s − 0.1, 0, 1), τ = 2/3. A gate multiplies the output of its filter before
/// anything else sees it, that is its weights and bias. In training gates are drawn anew in every forward pass, one for all images of the
/// batch; otherwise they have their test value clamp(1.2·sigmoid(log α) − 0.1, 0, 1).
/// </summary>
internal sealed class HardConcreteGates : IDisposable
{
    private const double Temperature = 2.0 / 3, Low = -0.1, High = 1.1, Margin = 1e-6, Deviation = 0.01;

    private static readonly double Lowest = Math.Log(0.01), Highest = Math.Log(100);

    private readonly Dictionary<string, Parameter> logAlphas;
    private readonly Generator generator;

    /// <param name="droprate">In (0, 1): log α starts at N(log(1 − r) − log r, 0.01²).</param>
    /// <exception cref="StepFailure">No convolution can be gated.</exception>
    public HardConcreteGates(Architecture architecture, double droprate, ulong seed)
    {
        using var scope = NewDisposeScope();
        Layers = Gated(architecture);
        if (Layers.Count == 0)
            throw new StepFailure(FailureCodes.Error, "the network has no convolution to gate: the first is not, nor one whose output is added to another's");
        generator = Determinism.Generator(seed);
        var mean = Math.Log(1 - droprate) - Math.Log(droprate);
        logAlphas = Layers.ToDictionary(layer => layer.Id, layer => Drawn(layer.OutChannels, mean), StringComparer.Ordinal);
    }

    public IReadOnlyList<Conv2d> Layers { get; }

    /// <summary>log α of every layer, [filters].</summary>
    public IReadOnlyList<Parameter> Parameters => [.. Layers.Select(layer => logAlphas[layer.Id])];

    public Parameter? LogAlpha(string layer) => logAlphas.GetValueOrDefault(layer);

    /// <summary>P(gate ≠ 0) = sigmoid(log α − τ·log(0.1/1.1)).</summary>
    public static Tensor Open(Tensor logAlpha)
    {
        using Scalar shift = -Temperature * Math.Log(-Low / High);
        return logAlpha.add(shift, Numbers.One).sigmoid();
    }

    public static Tensor Test(Tensor logAlpha) => Stretched(logAlpha.sigmoid());

    /// <summary>What a layer computes with: see <see cref="Models.Reparametrization"/>.</summary>
    public (Tensor Weight, Tensor? Bias) Gate(Weighted layer, Tensor weight, Tensor? bias, bool training)
    {
        if (LogAlpha(layer.Id) is not { } logAlpha)
            return (weight, bias);
        var gate = training ? Sample(logAlpha) : Test(logAlpha);
        return (Times(weight, gate), bias is null ? null : bias * gate);
    }

    /// <summary>A weight or bias [filters, …] times its filters' gates.</summary>
    public static Tensor Times(Tensor values, Tensor gates) => values * gates.reshape([-1, .. Enumerable.Repeat(1L, (int)values.dim() - 1)]);

    /// <summary>Keeps log α in [log 0.01, log 100], as the released code does after every step.</summary>
    public void Clamp()
    {
        using var off = no_grad();
        using Scalar low = Lowest, high = Highest;
        foreach (var logAlpha in logAlphas.Values)
            logAlpha.clamp_(low, high);
    }

    public void Transfer(StateTransfer state)
    {
        state.Generator("generator", generator);
        foreach (var layer in Layers)
            state.Tensor($"log_alpha.{layer.Id}", logAlphas[layer.Id]);
    }

    public void Dispose()
    {
        generator.Dispose();
        foreach (var logAlpha in logAlphas.Values)
            logAlpha.Dispose();
    }

    /// <summary>Every convolution but the first of the network, and but those whose output is added to another, directly or behind batch norm.</summary>
    internal static IReadOnlyList<Conv2d> Gated(Architecture architecture)
    {
        var nodes = architecture.Nodes;
        bool IsAdded(string id) => nodes.Any(node => node.Inputs.Contains(id) && (node is Add || (node is BatchNorm2d && IsAdded(node.Id))));
        return [.. nodes.OfType<Conv2d>().Skip(1).Where(layer => !IsAdded(layer.Id))];
    }

    private Tensor Sample(Parameter logAlpha)
    {
        using Scalar over = 1 / Temperature;
        Tensor noise;
        using (no_grad())
        {
            var uniform = empty(logAlpha.shape).uniform_(Margin, 1 - Margin, generator);
            noise = uniform.log() - uniform.neg().add(Numbers.One, Numbers.One).log();
        }

        return Stretched((noise.add(logAlpha, Numbers.One) * over).sigmoid());
    }

    private static Tensor Stretched(Tensor share)
    {
        using Scalar width = High - Low, low = Low;
        return (share * width).add(low, Numbers.One).clamp(Numbers.Zero, Numbers.One);
    }

    private Parameter Drawn(int filters, double mean)
    {
        var drawn = new Parameter(empty(filters).normal_(mean, Deviation, generator));
        drawn.DetachFromDisposeScope();
        return drawn;
    }
}
