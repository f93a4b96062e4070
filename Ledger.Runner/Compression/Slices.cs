using Ledger.Domain.Artifacts;

namespace Ledger.Runner.Compression;

/// <summary>Parts of float32 tensors along one of their first two dimensions.</summary>
internal static class Slices
{
    /// <summary>The given indices of dimension 0 or 1, in the order given.</summary>
    public static NamedTensor Keep(ModelState model, string name, int dimension, IReadOnlyList<int> indices)
    {
        var shape = model.Tensors[name].Shape;
        var outer = dimension == 0 ? 1 : (int)shape[0];
        var values = model.Floats(name);
        var inner = values.Length / outer / (int)shape[dimension];
        var kept = new float[outer * indices.Count * inner];
        for (var row = 0; row < outer; row++)
        {
            for (var i = 0; i < indices.Count; i++)
                values.AsSpan(((row * (int)shape[dimension]) + indices[i]) * inner, inner).CopyTo(kept.AsSpan(((row * indices.Count) + i) * inner));
        }
        return ModelState.Floats(name, [.. shape.Select((side, d) => d == dimension ? indices.Count : side)], kept);
    }

    /// <summary>The tensor with the given indices of dimension 0 set to zero.</summary>
    public static NamedTensor Zero(ModelState model, string name, IEnumerable<int> indices)
    {
        var shape = model.Tensors[name].Shape;
        var values = model.Floats(name);
        var inner = values.Length / (int)shape[0];
        foreach (var index in indices)
            values.AsSpan(index * inner, inner).Clear();
        return ModelState.Floats(name, shape, values);
    }
}
