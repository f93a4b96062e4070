namespace Ledger.Domain.Experiments;

/// <summary>Settings of metrics, <c>{compressibility: {q: 1, k: [8, 40]}}</c>, with their defaults in place.</summary>
internal static class ReadMetricSettings
{
    private static readonly Threat AnyThreat = new(Norm.L2, Exact.Parse("1"), Space.Pixel, true);

    /// <param name="wanted">Metric → settings as written, or null.</param>
    /// <param name="threat">Null where there is none or it could not be read.</param>
    public static MetricSettings? Of(IReadOnlyDictionary<string, SpecMap?> wanted, Threat? threat, SpecProblems problems)
    {
        var settings = new MetricSettings();
        foreach (var (metric, written) in wanted)
        {
            var map = new ReadMap(written ?? new SpecMap(new Place("", 0, 0), []), problems, "settings");
            settings = metric switch
            {
                "compressibility" when written is null => settings,
                "compressibility" => settings with { Compressibility = Compressibility(map, problems) },
                "sparsity-indices" => settings with { SparsityIndices = new(map.Optional("kappa", n => ReadScalar.Number(n, new Range(0, 1), problems), 0.1)) },
                "lipschitz-bound" => settings with { LipschitzBound = Bound(map, written, threat ?? AnyThreat, threat is not null, problems) },
                "local-lipschitz" => settings with { LocalLipschitz = new(map.Optional("samples", n => ReadScalar.Count(n, 1, 100_000, problems), 16)) },
                _ => settings,
            };
            map.Done($"the settings of {metric}");
        }

        return settings == new MetricSettings() ? null : settings;
    }

    private static CompressibilitySettings Compressibility(ReadMap map, SpecProblems problems) => new(
        map.Optional("q", n => ReadScalar.Number(n, new Range(1, 10), problems), 1),
        map.Required("k", "how many are kept, for example [8, 40]", n => Counts(n, problems), []));

    private static LipschitzBoundSettings Bound(ReadMap map, SpecMap? written, Threat threat, bool known, SpecProblems problems)
    {
        var variants = map.Optional("variants", n => Variants(n, problems), ["product"]);
        bool estimates = variants.Contains("aligned-estimate");
        if (known && written is not null && variants.Contains(threat.Norm == Norm.Linf ? "aligned-estimate" : "aligned"))
            problems.Add(written["variants"]!, threat.Norm == Norm.Linf ? "aligned for linf, which is a bound" : "aligned-estimate for l2, of which no bound is computed");
        int? k = map.Optional("k", n => (int?)ReadScalar.Count(n, 1, 1_000_000, problems), null);
        if (k is not null && variants is ["product"])
            problems.Add(written!["k"]!, "no k: the product of norms has none");
        if (!estimates && written?["masks"] is { } unused)
            problems.Add(unused, "masks only beside aligned-estimate");
        int masks = map.Optional("masks", n => ReadScalar.Count(n, 1, 10_000, problems), 32);
        return new LipschitzBoundSettings(variants, k, estimates ? masks : null);
    }

    private static IReadOnlyList<string> Variants(SpecNode node, SpecProblems problems)
    {
        IReadOnlyList<SpecNode> items = node is SpecList list ? list.Items : [node];
        var words = items.Select(item => ReadScalar.Word(item, LipschitzBoundSettings.All, problems)).ToList();
        if (words.Count == 0 || words.Distinct().Count() < words.Count)
            problems.Add(node, $"each at most once, at least one of {string.Join(", ", LipschitzBoundSettings.All)}");
        return [.. LipschitzBoundSettings.All.Where(words.Contains)];
    }

    private static IReadOnlyList<int> Counts(SpecNode node, SpecProblems problems)
    {
        IReadOnlyList<SpecNode> items = node is SpecList list ? list.Items : [node];
        List<int> counts = [.. items.Select(item => ReadScalar.Count(item, 1, 1_000_000, problems))];
        if (counts.Count is 0 or > 16 || counts.Distinct().Count() < counts.Count)
            problems.Add(node, "1 to 16 whole numbers, each once");
        return [.. counts.Order()];
    }
}
