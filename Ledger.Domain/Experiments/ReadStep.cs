namespace Ledger.Domain.Experiments;

/// <summary>One step with everything in place, read into the typed configuration the runner takes.</summary>
internal static class ReadStep
{
    private static readonly string[] Any = ["train", "validation", "test"];

    /// <param name="attacked">The attack whose perturbations are measured; null where none are.</param>
    public static StepSpec Of(StepDraft draft, StepVariant variant, AttackStepSpec? attacked, Lookup lookup)
    {
        var map = new ReadMap(variant.Body, lookup.Problems, "a step");
        map.Optional("when");
        if (draft.InputKey is { } input)
            map.Required(input, input == "of" ? "the step whose attack is measured" : "the step whose network is taken");
        if (draft.Verb is "attack" or "measure")
            map.Optional("parent");
        StepSpec spec = draft.Verb switch
        {
            "train" or "finetune" => ReadTraining.Of(draft, variant, map, lookup),
            "compress" => ReadCompression.Step(draft.Id, variant, map, lookup),
            "attack" => new AttackStepSpec(
                map.Required("attack", "", n => Attacking(ReadAdversary.Definition(variant.Adversary ?? draft.Id, n, lookup), map, lookup), null!),
                map.Required("data", "the examples attacked, for example fmnist.test", n => ReadData.Examples(n, Any, lookup).Examples, null!),
                map.Optional("keep", n => ReadScalar.Word(n, ["examples"], lookup.Problems) is not null ? true : (bool?)null, null)),
            _ => ReadMeasure.Of(map, attacked, lookup),
        };
        map.Done($"a step that does {draft.Verb}");
        return spec;
    }

    private static Adversary Attacking(Adversary adversary, ReadMap step, Lookup lookup)
    {
        if (AttackNames.Parts(adversary.Attack).Any(part => part is Transfer) && !step.Has("parent"))
            lookup.Problems.Add(step.Place, $"an attack that transfers ({adversary.Name}), and no parent", "parent: the step whose network its perturbations are found on");
        return adversary;
    }
}
