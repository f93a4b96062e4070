namespace Ledger.Domain.Experiments;

/// <summary>One step with everything in place, read into the typed configuration the runner takes.</summary>
internal static class ReadStep
{
    private static readonly string[] Any = ["train", "validation", "test"];

    public static StepSpec Of(StepDraft draft, StepVariant variant, Lookup lookup)
    {
        var map = new ReadMap(variant.Body, lookup.Problems, "a step");
        map.Optional("when");
        if (draft.InputKey is { } input)
            map.Required(input, "the step whose network is taken");
        StepSpec spec = draft.Verb switch
        {
            "train" or "finetune" => Train(draft, variant, map, lookup),
            "compress" => new CompressSpec(map.Required("compress", "", n => ReadCompression.Of(n, lookup), null!)),
            "attack" => new AttackStepSpec(
                map.Required("attack", "", n => ReadAdversary.Definition(variant.Adversary ?? draft.Id, n, lookup), null!),
                map.Required("data", "the examples attacked, for example fmnist.test", n => ReadData.Examples(n, Any, lookup).Examples, null!)),
            _ => Measure(map, lookup),
        };
        map.Done($"a step that does {draft.Verb}");
        return spec;
    }

    private static TrainSpec Train(StepDraft draft, StepVariant variant, ReadMap map, Lookup lookup)
    {
        var (set, examples) = map.Optional("data") is { } data
            ? ReadData.Examples(data, ["train"], lookup)
            : TheOnly(map.Place, lookup);
        var model = draft.Verb == "train"
            ? map.Required("train", "", n => ReadModel.Definition(n, set.Normalize, lookup), null!)
            : null;
        var recipe = map.Required("recipe", "a name in recipes", n => ReadRecipe.Definition(n, lookup.Problems), null!);
        var adversary = map.Optional("adversary", n => n is SpecScalar { Text: "none" }
            ? null
            : ReadAdversary.Definition(variant.Adversary ?? draft.Id, n, lookup), null);
        return new TrainSpec(model, examples, recipe, adversary);
    }

    /// <summary>The training examples of the file's data set, where there is just one.</summary>
    private static (DataSet Set, ExamplesSpec Examples) TheOnly(Place place, Lookup lookup)
    {
        var names = lookup.Names("data");
        if (names.Count == 1)
            return ReadData.Split($"{names.First()}.train", place, null, ["train"], lookup);
        lookup.Problems.Add(place, "no data", names.Count == 0 ? "a section data with the training examples" : $"data: one of {string.Join(", ", names)}");
        return (new DataSet("", null, null, null, new Normalization([0], [1])), new ExamplesSpec("", "train", null));
    }

    private static MeasureSpec Measure(ReadMap map, Lookup lookup)
    {
        var problems = lookup.Problems;
        var wanted = map.Required("measure", "", n => Metrics(n, problems), []);
        // Only accuracy looks at examples; anything else must not depend on which are named.
        bool looks = wanted.Contains("accuracy");
        var data = looks
            ? map.Required("data", "the examples measured on, for example fmnist.test", n => ReadData.Examples(n, Any, lookup).Examples, null!)
            : null;
        if (!looks && map.Optional("data") is { } unused && wanted.Count > 0)
            problems.Add(unused, $"no data: {string.Join(", ", wanted)} look at no examples");
        return new MeasureSpec([.. MeasureSpec.Names.Where(wanted.Contains)], data);
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
