namespace Ledger.Domain.Experiments;

/// <summary>
/// The value of <c>measure</c> with what its metrics need: examples, a threat, a parent, or the attack whose perturbations are looked at.
/// What no metric asks for is a problem too, since it would enter the step's key.
/// </summary>
internal static class ReadMeasure
{
    private static readonly string[] Any = ["train", "validation", "test"];

    /// <param name="attacked">The attack in <c>of</c>; its examples are the ones measured on, its threat the one measured within.</param>
    public static MeasureSpec Of(ReadMap map, AttackStepSpec? attacked, Lookup lookup)
    {
        var problems = lookup.Problems;
        var wanted = map.Required("measure", "", n => Metrics(n, problems), []);
        string[] names = [.. MeasureSpec.Names.Where(name => wanted.ContainsKey(name))];
        var threat = Threat(map, names, attacked, lookup);
        var settings = ReadMetricSettings.Of(wanted, threat, problems);
        CheckInputs(map, names, attacked, problems);
        bool looks = names.Any(MeasureSpec.OnExamples.Contains) || settings?.LipschitzBound?.Masks is not null;
        return new MeasureSpec(names, Data(map, names, looks, attacked, lookup), settings, threat);
    }

    private static void CheckInputs(ReadMap map, string[] names, AttackStepSpec? attacked, SpecProblems problems)
    {
        string perturbed = Named(names, MeasureSpec.OnPerturbations), compared = Named(names, MeasureSpec.AgainstParent);
        if (perturbed.Length > 0 && !map.Has("of"))
            problems.Add(map.Place, "no of", $"of: the attack whose kept examples {perturbed} looks at");
        if (perturbed.Length > 0 && attacked is { KeepExamples: not true })
            problems.Add(map.Place, "an attack that keeps no examples", "keep: examples in the attack's step");
        if (compared.Length > 0 && !map.Has("parent"))
            problems.Add(map.Place, "no parent", $"parent: the step whose network {compared} compares with");
        if (compared.Length == 0 && names.Length > 0 && map.Optional("parent") is { } unused)
            problems.Add(unused, $"no parent: {string.Join(", ", names)} compare with none");
    }

    /// <summary>A metric without a radius must not depend on one.</summary>
    private static Threat? Threat(ReadMap map, string[] names, AttackStepSpec? attacked, Lookup lookup)
    {
        string within = Named(names, MeasureSpec.WithinThreat);
        if (within.Length > 0 && !map.Has("of"))
            return map.Required("threat", $"the threat {within} is about, for example {{norm: l2, eps: 0.5}}", n => ReadAdversary.Named(n, lookup), null!);
        if (map.Optional("threat") is { } unused && names.Length > 0)
            lookup.Problems.Add(unused, within.Length > 0 ? "no threat: that of the attack is measured" : $"no threat: {string.Join(", ", names)} depend on none");
        return within.Length > 0 ? attacked?.Adversary.Threat : null;
    }

    /// <summary>A metric that looks at no examples must not depend on which are named.</summary>
    private static ExamplesSpec? Data(ReadMap map, string[] names, bool looks, AttackStepSpec? attacked, Lookup lookup)
    {
        bool given = map.Has("of");
        if (looks && !given && !names.Any(MeasureSpec.OnPerturbations.Contains))
            return map.Required("data", "the examples measured on, for example fmnist.test", n => ReadData.Examples(n, Any, lookup).Examples, null!);
        if (map.Optional("data") is { } unused && names.Length > 0 && (given || !looks))
            lookup.Problems.Add(unused, looks ? "no data: those attacked are measured on" : $"no data: {string.Join(", ", names)} look at no examples");
        return looks ? attacked?.Data : null;
    }

    private static string Named(string[] names, IReadOnlyList<string> those) => string.Join(", ", names.Where(those.Contains));

    /// <summary>Name → settings as written; null for a metric without any.</summary>
    private static Dictionary<string, SpecMap?> Metrics(SpecNode node, SpecProblems problems)
    {
        IReadOnlyList<SpecNode> items = node is SpecList list ? list.Items : [node];
        if (items.Count == 0)
            problems.Add(node, $"at least one of {string.Join(", ", MeasureSpec.Names)}");
        var metrics = new Dictionary<string, SpecMap?>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var (name, settings) = item is SpecMap { Entries: [var only] } ? (new SpecScalar(only.Key, only.Name), only.Value) : (item, (SpecNode?)null);
            if (ReadScalar.Word(name, MeasureSpec.Names, problems) is not { } metric)
                continue;
            if (!metrics.TryAdd(metric, settings as SpecMap))
                problems.Add(item, "each metric once");
            if (settings is not (null or SpecMap))
                problems.Add(settings, $"a map of settings of {metric}");
            if (settings is null && metric == "compressibility")
                problems.Add(item, "compressibility with how many are kept, for example {compressibility: {k: [8, 40]}}");
        }

        return metrics;
    }
}
