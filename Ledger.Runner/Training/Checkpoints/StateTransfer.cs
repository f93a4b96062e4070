using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Training.Checkpoints;

/// <summary>
/// Carries what a training consists of between two epochs to a checkpoint, or back from one. Each part has one method that names its
/// state, for both directions, so that what is saved and what is restored cannot part.
/// </summary>
public abstract class StateTransfer
{
    /// <summary>A transfer whose names stand under <paramref name="part"/>.</summary>
    public abstract StateTransfer In(string part);

    /// <summary>A tensor that is always there; restored in place.</summary>
    public abstract void Tensor(string name, Tensor value);

    /// <summary>A tensor that may not be there yet; restored as a new one outside any dispose scope.</summary>
    public abstract void Optional(string name, ref Tensor? value);

    /// <summary>Of a generator, all that its next draws depend on.</summary>
    public abstract void Generator(string name, Generator value);

    public abstract void Number(string name, ref double value);

    public abstract void Numbers(string name, ref IReadOnlyList<double> value);

    public abstract void Count(string name, ref long value);

    /// <summary>A list that is taken or replaced as a whole.</summary>
    public abstract void Tensors(string name, ref IReadOnlyList<NamedTensor> value);

    public void Count(string name, ref int value)
    {
        long wide = value;
        Count(name, ref wide);
        value = (int)wide;
    }
}

/// <summary>Copies state into named tensors.</summary>
internal sealed class StateSaving : StateTransfer
{
    private readonly string prefix;
    private readonly List<NamedTensor> saved;

    public StateSaving()
        : this("", []) { }

    private StateSaving(string prefix, List<NamedTensor> saved) => (this.prefix, this.saved) = (prefix, saved);

    public IReadOnlyList<NamedTensor> Saved => saved;

    public override StateTransfer In(string part) => new StateSaving($"{prefix}{part}/", saved);

    public override void Tensor(string name, Tensor value) => saved.Add(TensorBytes.Name(prefix + name, value));

    public override void Optional(string name, ref Tensor? value)
    {
        if (value is not null)
            Tensor(name, value);
    }

    public override void Generator(string name, Generator value)
    {
        using var state = value.get_state();
        Tensor(name, state);
    }

    public override void Number(string name, ref double value) => Save(name, TensorType.F64, BitConverter.GetBytes(value));

    public override void Numbers(string name, ref IReadOnlyList<double> value) =>
        Save(name, TensorType.F64, MemoryMarshal.AsBytes<double>([.. value]).ToArray(), value.Count);

    public override void Count(string name, ref long value) => Save(name, TensorType.I64, BitConverter.GetBytes(value));

    public override void Tensors(string name, ref IReadOnlyList<NamedTensor> value) =>
        saved.AddRange(value.Select(tensor => tensor with { Name = $"{prefix}{name}/{tensor.Name}" }));

    private void Save(string name, TensorType type, byte[] bytes, params long[] shape) => saved.Add(new NamedTensor(prefix + name, type, shape, bytes));
}

/// <summary>Sets state from named tensors.</summary>
/// <exception cref="KeyNotFoundException">A part of the state was not saved: the checkpoint is of another training.</exception>
internal sealed class StateRestoring : StateTransfer
{
    private readonly string prefix;
    private readonly IReadOnlyDictionary<string, NamedTensor> saved;

    public StateRestoring(IReadOnlyList<NamedTensor> saved)
        : this("", saved.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal)) { }

    private StateRestoring(string prefix, IReadOnlyDictionary<string, NamedTensor> saved) => (this.prefix, this.saved) = (prefix, saved);

    public override StateTransfer In(string part) => new StateRestoring($"{prefix}{part}/", saved);

    public override void Tensor(string name, Tensor value)
    {
        using var off = no_grad();
        using var there = TensorBytes.ToTensor(saved[prefix + name]);
        value.copy_(there);
    }

    public override void Optional(string name, ref Tensor? value)
    {
        if (saved.TryGetValue(prefix + name, out var there))
            value = TensorBytes.ToTensor(there).DetachFromDisposeScope();
    }

    public override void Generator(string name, Generator value)
    {
        using var state = TensorBytes.ToTensor(saved[prefix + name]);
        value.set_state(state);
    }

    public override void Number(string name, ref double value) => value = BitConverter.ToDouble(saved[prefix + name].Data.Span);

    public override void Numbers(string name, ref IReadOnlyList<double> value) => value = MemoryMarshal.Cast<byte, double>(saved[prefix + name].Data.Span).ToArray();

    public override void Count(string name, ref long value) => value = BitConverter.ToInt64(saved[prefix + name].Data.Span);

    public override void Tensors(string name, ref IReadOnlyList<NamedTensor> value)
    {
        var under = $"{prefix}{name}/";
        value = [.. saved.Values.Where(tensor => tensor.Name.StartsWith(under, StringComparison.Ordinal)).Select(tensor => tensor with { Name = tensor.Name[under.Length..] })];
    }
}
