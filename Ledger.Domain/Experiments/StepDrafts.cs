namespace Ledger.Domain.Experiments;

/// <summary>A step as the file has it, before a matrix point is chosen.</summary>
/// <param name="Verb">The key that says what it does: one of <see cref="Verbs"/>; empty where that could not be told.</param>
internal sealed record StepDraft(string Id, string Verb, SpecMap Body, When When)
{
    public static readonly IReadOnlyList<string> Verbs = ["train", "finetune", "compress", "attack", "measure"];

    /// <summary>Its own slip is reported; nothing is said about what hangs on it.</summary>
    public bool IsBroken => Verb.Length == 0 || When.IsBroken;

    /// <summary>
    /// The key that names the step whose network this one takes; null for train. A measurement <c>of</c> an attack takes the attack's.
    /// </summary>
    public string? InputKey => Verb switch
    {
        "train" => null,
        "finetune" => "finetune",
        "measure" when Body["of"] is not null => "of",
        _ => "model",
    };

    /// <summary>Whether the step ends with a network others can take.</summary>
    public bool GivesModel => Verb is "train" or "finetune" or "compress";
}

internal static class StepDrafts
{
    private static readonly string[] Others =
        ["model", "data", "recipe", "adversary", "when", "of", "parent", "keep", "regularize", "mask", "threat"];

    public static IReadOnlyList<StepDraft> Read(SpecNode? section, IReadOnlyList<Axis> axes, References references, SpecProblems problems)
    {
        var drafts = new List<StepDraft>();
        foreach (var (id, node) in Names.Of(section, "named steps", problems))
        {
            if (node is not SpecMap)
                problems.Add(node, "a step, for example {train: cnn, recipe: base}");
            var body = node as SpecMap ?? new SpecMap(node.Place, []);
            string? verb = node is SpecMap ? Verb(body, problems) : null;
            drafts.Add(new StepDraft(id, verb ?? "", body, Condition(body, axes, references, problems)));
        }

        return drafts;
    }

    private static When Condition(SpecMap body, IReadOnlyList<Axis> axes, References references, SpecProblems problems)
    {
        var when = When.Read(body["when"], axes, problems);
        foreach (var clause in when.Clauses)
            references.Use(clause.Axis);
        return when;
    }

    private static string? Verb(SpecMap body, SpecProblems problems)
    {
        var verbs = body.Entries.Where(entry => StepDraft.Verbs.Contains(entry.Name)).ToList();
        if (verbs.Count == 1)
            return verbs[0].Name;
        if (verbs.Count > 1)
        {
            problems.Add(verbs[1].Key, $"{verbs[0].Name} and {verbs[1].Name} in one step", "one of them a step");
            return null;
        }

        string[] known = [.. StepDraft.Verbs, .. Others];
        var unknown = body.Entries.Where(entry => !known.Contains(entry.Name)).ToList();
        foreach (var entry in unknown)
            problems.AddUnknown(entry.Key, $"unknown key {SpecScalar.Short(entry.Name)}", entry.Name, known, "a key of a step");
        if (unknown.Count == 0)
            problems.Add(body.Place, "a step that does nothing", $"one of {string.Join(", ", StepDraft.Verbs)}");
        return null;
    }
}
