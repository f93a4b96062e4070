using Ledger.Domain.Experiments;

namespace Ledger.Runner.Compression;

/// <summary>
/// N:M pruning. A weight is read as rows [out, in·kernel·kernel]; each row falls into groups of M from its start, and of every whole
/// group the M − N weights of smallest magnitude become zero, the earlier of equals first. The rest of a row that M does not divide is kept.
/// </summary>
public static class PatternPruner
{
    public static ModelState Prune(ModelState model, PatternPruning spec) =>
        model.With(PrunedLayers.Of(model.Architecture, spec.Except).Select(layer => $"{layer.Id}.weight").Select(name =>
        {
            var shape = model.Tensors[name].Shape;
            var values = model.Floats(name);
            var row = values.Length / (int)shape[0];
            for (var start = 0; start < values.Length; start += row)
            {
                for (var group = start; group + spec.M <= start + row; group += spec.M)
                    ZeroSmallest(values.AsSpan(group, spec.M), spec.M - spec.N);
            }
            return ModelState.Floats(name, shape, values);
        }));

    private static void ZeroSmallest(Span<float> group, int count)
    {
        foreach (var (index, _) in group.ToArray().Index().OrderBy(weight => Math.Abs(weight.Item)).Take(count))
            group[index] = 0;
    }
}
