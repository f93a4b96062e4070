namespace Ledger.Domain.Experiments;

/// <summary>The value of <c>measure</c> with what its metrics need: examples, or the attack whose perturbations are looked at.</summary>
internal static class ReadMeasure
{
    private static readonly string[] Any = ["train", "validation", "test"];

    /// <param name="attacked">The attack in <c>of</c>; its examples are the ones measured on.</param>
    public static MeasureSpec Of(ReadMap map, AttackStepSpec? attacked, Lookup lookup)
    {
        var problems = lookup.Problems;
        var wanted = map.Required("measure", "", n => Metrics(n, problems), []);
        if (attacked is { KeepExamples: not true })
            problems.Add(map.Place, "an attack that keeps no examples", "keep: examples in the attack's step");
        return new MeasureSpec([.. MeasureSpec.Names.Where(wanted.Contains)], Data(map, wanted, attacked, lookup));
    }

    /// <summary>A metric that looks at no examples must not depend on which are named.</summary>
    private static ExamplesSpec? Data(ReadMap map, IReadOnlyList<string> wanted, AttackStepSpec? attacked, Lookup lookup)
    {
        bool looks = wanted.Any(MeasureSpec.OnExamples.Contains);
        if (looks && attacked is null)
            return map.Required("data", "the examples measured on, for example fmnist.test", n => ReadData.Examples(n, Any, lookup).Examples, null!);
        if (map.Optional("data") is { } unused && wanted.Count > 0)
            lookup.Problems.Add(unused, attacked is null ? $"no data: {string.Join(", ", wanted)} look at no examples" : "no data: those attacked are measured on");
        return looks ? attacked!.Data : null;
    }

    private static List<string> Metrics(SpecNode node, SpecProblems problems)
    {
        IReadOnlyList<SpecNode> items = node is SpecList list ? list.Items : [node];
        if (items.Count == 0)
            problems.Add(node, $"at least one of {string.Join(", ", MeasureSpec.Names)}");
        var metrics = new List<string>();
        foreach (var item in items)
        {
            if (ReadScalar.Word(item, MeasureSpec.Names, problems) is not { } metric)
                continue;
            if (metrics.Contains(metric))
                problems.Add(item, "each metric once");
            metrics.Add(metric);
        }

        return metrics;
    }
}
