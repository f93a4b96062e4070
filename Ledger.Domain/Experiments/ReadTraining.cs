namespace Ledger.Domain.Experiments;

/// <summary>A step that trains or fine-tunes.</summary>
internal static class ReadTraining
{
    public static TrainSpec Of(StepDraft draft, StepVariant variant, ReadMap map, Lookup lookup)
    {
        var (set, examples) = Examples(map, lookup);
        var model = draft.Verb == "train"
            ? map.Required("train", "", n => ReadModel.Definition(n, set.Normalize, lookup), null!)
            : null;
        if (model is null)
            map.Optional("mask", n => ReadScalar.Word(n, ["keep"], lookup.Problems), null);
        return Fitting(draft.Id, variant, map, set, new TrainSpec(model, examples, null!, null, Augment: set.Augment), lookup);
    }

    /// <summary>What is trained on: the examples under <c>data</c>, or all there are to train on in the file.</summary>
    public static (DataSet Set, ExamplesSpec Examples) Examples(ReadMap map, Lookup lookup) => map.Optional("data") is { } data
        ? ReadData.Examples(data, ["train"], lookup)
        : TheOnly(map.Place, lookup);

    /// <summary>Recipe, adversary, validation examples and regularizers of a step that fits weights to <paramref name="set"/>.</summary>
    public static TrainSpec Fitting(string step, StepVariant variant, ReadMap map, DataSet set, TrainSpec spec, Lookup lookup)
    {
        var problems = lookup.Problems;
        var recipe = map.Required("recipe", "a name in recipes", n => ReadRecipe.Definition(n, lookup), null!);
        var (adversary, use) = map.Optional("adversary", n => Adversary(variant.Adversary ?? step, n, recipe?.Epochs ?? int.MaxValue, lookup), default);
        if (recipe?.Loss is not null && adversary is not null)
            problems.Add(map.Place, "an adversary beside the loss trades", "adversary: none: the loss has one of its own");
        var regularizers = map.Optional("regularize", n => ReadRegularizer.All(n, problems), null);
        var validation = recipe?.NeedsValidation() == true ? Validation(set, map.Place, problems) : null;
        return spec with { Recipe = recipe!, Adversary = adversary, Use = use, Validation = validation, Regularizers = regularizers };
    }

    /// <summary><c>none</c>, an adversary, or <c>{use: adversary, fraction: 0.5}</c>; names are in place already.</summary>
    private static (Adversary? Adversary, AdversaryUse? Use) Adversary(string name, SpecNode node, int epochs, Lookup lookup)
    {
        if (node is SpecScalar { Text: "none" })
            return default;
        if (node is not SpecMap map || map["use"] is null)
            return (ReadAdversary.ToTrainOn(name, node, lookup), null);
        var (settings, problems) = (new ReadMap(node, lookup.Problems, ""), lookup.Problems);
        var adversary = settings.Required("use", "", n => n is SpecScalar { Text: "none" } ? null : ReadAdversary.ToTrainOn(name, n, lookup), null);
        var use = new AdversaryUse(
            settings.Optional("fraction", n => Fraction(n, problems), null),
            settings.Optional("attack-mode", n => ReadScalar.Word(n, ["eval", "train"], problems) == "train" ? AttackMode.Train : (AttackMode?)null, null),
            settings.Optional("after", n => ReadSchedule.Epoch(n, epochs, problems), (int?)null));
        settings.Done("an adversary in use");
        return (adversary, adversary is null || use == new AdversaryUse() ? null : use);
    }

    /// <summary>Null for 1, all of the batch.</summary>
    private static Exact? Fraction(SpecNode node, SpecProblems problems)
    {
        var fraction = ReadScalar.Exact(node, Range.Above(0, 1), problems);
        return fraction.Numerator == fraction.Denominator ? null : fraction;
    }

    private static ExamplesSpec? Validation(DataSet set, Place place, SpecProblems problems)
    {
        if (set.Validation is not null)
            return ReadData.Held(set);
        if (set.Source.Length > 0)
            problems.Add(place, "a recipe that looks at validation examples, of which the data have none", "validation: {count: 1000} in the data set");
        return null;
    }

    /// <summary>The training examples of the file's data set, where there is just one.</summary>
    private static (DataSet Set, ExamplesSpec Examples) TheOnly(Place place, Lookup lookup)
    {
        var names = lookup.Names("data");
        if (names.Count == 1)
            return ReadData.Split($"{names.First()}.train", place, null, ["train"], lookup);
        lookup.Problems.Add(place, "no data", names.Count == 0 ? "a section data with the training examples" : $"data: one of {string.Join(", ", names)}");
        return (DataSet.Nothing, new ExamplesSpec("", "train", null));
    }
}
