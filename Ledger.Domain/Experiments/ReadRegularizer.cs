namespace Ledger.Domain.Experiments;

/// <summary>
/// The value of <c>regularize</c>: a map of regularizers and their settings, or <c>none</c>. One of weight 0 is not there, so that the
/// points of several sweeps over weights that begin at 0 share a network.
/// </summary>
internal static class ReadRegularizer
{
    private static readonly string[] Names = ["l1", "group-lasso", "nuclear-norm", "tsc", "cnc", "orthogonal", "spectral"];

    /// <returns>In the order of their names; null for none.</returns>
    public static IReadOnlyList<RegularizerSpec>? All(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text: "none" })
            return null;
        if (node is not SpecMap map)
        {
            problems.Add(node, "regularizers, for example {nuclear-norm: {weight: 0.01}}, or none");
            return null;
        }

        var found = new List<RegularizerSpec>();
        foreach (var entry in map.Entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (Names.Contains(entry.Name))
                found.Add(Of(entry.Name, new ReadMap(entry.Value, problems, $"the settings of {entry.Name}, for example {{weight: 0.01}}"), problems));
            else
                problems.AddUnknown(entry.Key, entry.Name, Names, "one of");
        }

        found.RemoveAll(regularizer => regularizer.Weight == 0);
        return found.Count == 0 ? null : found;
    }

    private static RegularizerSpec Of(string name, ReadMap map, SpecProblems problems)
    {
        double Above(string key, double otherwise) => map.Optional(key, n => ReadScalar.Number(n, Range.Above(0, 1e6), problems), otherwise);
        bool Form(string other, params string[] words) => map.Optional("form", n => ReadScalar.Word(n, [.. words, other], problems), words[0]) == other;
        string[]? Layers() => map.Optional("layers", n => ReadLayers.Of(n, problems), null);
        var range = new Range(0, 1e6);
        double weight = name == "tsc"
            ? map.Optional("weight", n => ReadScalar.Number(n, range, problems), 1)
            : map.Required("weight", "a number from 0", n => ReadScalar.Number(n, range, problems), 1);
        RegularizerSpec regularizer = name switch
        {
            "l1" => new L1(weight),
            "group-lasso" => new GroupLasso(weight, Form("scale-invariant", "plain") ? GroupLassoForm.ScaleInvariant : GroupLassoForm.Plain, Layers()),
            "nuclear-norm" => new NuclearNorm(weight, Layers()),
            "cnc" => new ConditionNumber(weight, map.Required("form", "am-gm, released or log-ratio", n => Condition(n, problems), ConditionForm.AmGm), Layers()),
            "orthogonal" => new Orthogonality(
                weight, Form("srip", "frobenius") ? OrthogonalityForm.Srip : OrthogonalityForm.Frobenius, Above("scale", 1), Layers()),
            "spectral" => new SpectralNorm(weight, map.Optional("power", n => ReadScalar.Count(n, 1, 2, problems), 2), Layers()),
            _ => new TransformedSparsity(
                weight, Above("a", 100), Above("lambda0", 1e-3), map.Optional("prior", n => ReadScalar.Number(n, range, problems), 5e-4),
                map.Optional("droprate", n => ReadScalar.Number(n, Range.Fraction, problems), 0.3),
                Form("released", "absolute") ? SparsityForm.Released : SparsityForm.Absolute),
        };
        map.Done(name);
        return regularizer;
    }

    private static ConditionForm Condition(SpecNode node, SpecProblems problems) =>
        ReadScalar.Word(node, ["am-gm", "released", "log-ratio"], problems) switch
        {
            "released" => ConditionForm.Released,
            "log-ratio" => ConditionForm.LogRatio,
            _ => ConditionForm.AmGm,
        };
}
