namespace Ledger.Domain.Experiments;

/// <summary>
/// How a perturbation is sought: <c>attack</c> with its settings beside it, <c>worst-of</c> with a list of such, or <c>transfer</c> of one from
/// the parent. A new attack is a word and a case here.
/// </summary>
internal static class ReadAttack
{
    public static readonly IReadOnlyList<string> Keys = ["attack", "worst-of", "transfer"];

    private const int MostSteps = 100_000, MostRestarts = 10_000, MostParts = 16;

    private static readonly string[] Gradient = ["fgsm", "pgd", "apgd-ce", "apgd-dlr", "apgd-t"];

    private static readonly string[] Words = [.. Gradient, .. ReadMinimumNorm.Words, "square", .. AutoAttack.Versions];

    // One perturbation for all images is fitted first, which no part of an ensemble can be.
    private static readonly string[] Alone = [.. Words, .. ReadUniversal.Words];

    /// <returns>The attack, and how to name it beside its keys; null after a problem that makes its keys unknown.</returns>
    public static (AttackSpec Attack, string? Named) Within(ReadMap map, Threat threat, Lookup lookup)
    {
        var problems = lookup.Problems;
        string[] given = [.. Keys.Where(map.Has)];
        foreach (string other in given.Skip(1))
            problems.Add(map.Optional(other)!.Place, $"{given[0]} and {other} in one", "one of them; an ensemble has both in its worst-of");
        if (given is ["worst-of", ..])
            return (new Ensemble(map.Optional("worst-of", n => Parts(n, threat, lookup), [])), "worst-of");
        if (given is ["transfer", ..])
            return (new Transfer(map.Optional("transfer", n => OnParent(n, threat, lookup), new Fgsm())), "transfer");
        string? word = map.Required("attack", $"one of {string.Join(", ", Alone)}", n => ReadScalar.Word(n, Alone, problems), null);
        return (Of(word, map, threat, lookup), word is null ? null : $"attack {word}");
    }

    private static AttackSpec Of(string? word, ReadMap map, Threat threat, Lookup lookup)
    {
        var problems = lookup.Problems;
        int Count(string key, int otherwise, int most) => map.Optional(key, n => ReadScalar.Count(n, 1, most, problems), otherwise);
        int Steps() => Count("steps", 100, MostSteps);
        int Restarts() => Count("restarts", 1, MostRestarts);
        return word switch
        {
            "pgd" => ReadPgd.Of(map, threat, problems),
            "apgd-ce" => new ApgdCe(Steps(), Restarts()),
            "apgd-dlr" => new ApgdDlr(Steps(), Restarts()),
            "apgd-t" => new ApgdT(Steps(), Restarts(), Count("targets", 9, 1000)),
            "square" => new Square(
                Count("queries", 5000, 1_000_000), map.Optional("p-init", n => ReadScalar.Number(n, Range.Above(0, 1), problems), 0.8), Restarts(),
                map.Optional("rescale", n => ReadScalar.Boolean(n, problems), false) ? true : null),
            _ => ReadMinimumNorm.Of(word, map, problems) ?? ReadUniversal.Of(word, map, lookup) ?? (AttackSpec?)AutoAttack.Of(word ?? "") ?? new Fgsm(),
        };
    }

    private static List<AttackSpec> Parts(SpecNode node, Threat threat, Lookup lookup)
    {
        if (node is SpecList { Items.Count: >= 2 and <= MostParts } list)
            return [.. list.Items.Select(item => Part(item, Words, threat, lookup))];
        lookup.Problems.Add(node, $"a list of 2 to {MostParts} attacks, for example [apgd-ce, apgd-t]");
        return [];
    }

    private static AttackSpec OnParent(SpecNode node, Threat threat, Lookup lookup)
    {
        if (node is not SpecMap map || (map["worst-of"] ?? map["transfer"]) is not { } nested)
            return Part(node, Gradient, threat, lookup);
        lookup.Problems.Add(nested.Place, "an ensemble or transfer to be transferred", $"one of {string.Join(", ", Gradient)}; a worst-of may have several transfers");
        return new Fgsm();
    }

    /// <summary>A word, or a map with its settings.</summary>
    private static AttackSpec Part(SpecNode node, IReadOnlyList<string> words, Threat threat, Lookup lookup)
    {
        var problems = lookup.Problems;
        if (node is SpecScalar)
            node = new SpecMap(node.Place, [new SpecEntry("attack", node.Place, node)]);
        var map = new ReadMap(node, problems, "an attack, for example apgd-ce or {attack: pgd, steps: 20}");
        if (map.Has("attack") && ReadScalar.Word(((SpecMap)node)["attack"]!, words, problems) is null)
            return new Fgsm();
        var (attack, named) = Within(map, threat, lookup);
        if (named is not null)
            map.Done($"a part with {named}; the threat is the adversary's");
        return attack;
    }
}
