using Ledger.Domain;
using Ledger.Domain.Artifacts;

namespace Ledger.Runner.Models;

/// <summary>Weights that are not those of the architecture they are loaded into. Every difference is named.</summary>
public sealed class StateMismatch(IReadOnlyList<string> differences)
    : CorruptEvidence("state-mismatch", $"The weights do not fit the architecture: {string.Join("; ", differences)}.")
{
    public IReadOnlyList<string> Differences { get; } = differences;

    internal static void ThrowIfNot(IReadOnlyList<Slot> slots, IReadOnlyList<NamedTensor> tensors)
    {
        var found = tensors.ToLookup(tensor => tensor.Name, StringComparer.Ordinal);
        var known = slots.Select(slot => slot.Name).ToHashSet(StringComparer.Ordinal);
        List<string> differences =
        [
            .. slots.SelectMany(slot => Between(slot, found[slot.Name].ToList())),
            .. tensors.Where(tensor => !known.Contains(tensor.Name)).Select(tensor => $"{tensor.Name} is not in the architecture"),
        ];
        if (differences.Count > 0)
            throw new StateMismatch(differences);
    }

    private static IEnumerable<string> Between(Slot slot, List<NamedTensor> found)
    {
        if (found.Count != 1)
            yield return found.Count == 0 ? $"{slot.Name} is missing" : $"{slot.Name} stands {found.Count} times";
        else if (found[0].Type != slot.Type || !found[0].Shape.AsSpan().SequenceEqual(slot.Shape))
            yield return $"{slot.Name} is {Text(found[0].Type, found[0].Shape)}, expected {Text(slot.Type, slot.Shape)}";
    }

    private static string Text(TensorType type, long[] shape) => $"{type}[{string.Join(",", shape)}]";
}
