namespace Ledger.Domain.Experiments;

/// <summary>
/// One entry of <c>adversaries</c>: a threat (norm, eps, space, clip), in place or by the name of an entry that is only
/// a threat, and how it is sought (attack and its settings, worst-of, or transfer). Without one the entry is a threat for others to name.
/// </summary>
internal static class ReadAdversary
{
    private const string Example = "for example {norm: linf, eps: 8/255, attack: pgd, steps: 10}";

    public static Adversary Definition(string name, SpecNode node, Lookup lookup)
    {
        var map = new ReadMap(node, lookup.Problems, $"an adversary, {Example}");
        var threat = map.Has("threat")
            ? map.Optional("threat", n => Named(n, lookup), Stand)
            : Threat(map, lookup.Problems);
        var (attack, named) = ReadAttack.Within(map, threat, lookup);
        if (named is not null)
            map.Done(map.Has("threat") ? $"an adversary whose threat is named, {named}" : $"an adversary with {named}");
        return new Adversary(name, threat, attack);
    }

    /// <summary>An adversary to train on: one whose last point can be walked to.</summary>
    public static Adversary ToTrainOn(string name, SpecNode node, Lookup lookup)
    {
        var adversary = Definition(name, node, lookup);
        var sought = ReadAttack.Keys.Select(key => (node as SpecMap)?[key]).FirstOrDefault(value => value is not null);
        if (sought is not null && adversary.Attack is not (Fgsm or Pgd))
            lookup.Problems.Add(sought, "fgsm or pgd to train on");
        return adversary;
    }

    /// <summary>Reads the entry for its problems only; it may be a threat without an attack.</summary>
    public static void Check(string name, SpecNode node, Lookup lookup)
    {
        if (node is SpecMap map && IsThreat(map))
            Alone(node, lookup.Problems);
        else
            Definition(name, node, lookup);
    }

    private static bool IsThreat(SpecMap map) => !map.Names.Any(key => key == "threat" || ReadAttack.Keys.Contains(key));

    private static readonly Threat Stand = new(Norm.Linf, Exact.Parse("1"), Space.Pixel, true);

    /// <summary>A threat written out, or the name of an entry that is only a threat.</summary>
    public static Threat Named(SpecNode node, Lookup lookup)
    {
        if (node is not SpecScalar name)
            return Alone(node, lookup.Problems);
        var found = lookup.Find("adversaries", name.Text, name.Place);
        if (found is SpecMap map && !IsThreat(map))
        {
            lookup.Problems.Add(name, "an entry of adversaries that is only a threat (norm, eps, space, clip)");
            return Stand;
        }

        return Alone(found, lookup.Problems);
    }

    private static Threat Alone(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "a threat, for example {norm: linf, eps: 8/255}");
        var threat = Threat(map, problems);
        map.Done("a threat");
        return threat;
    }

    private static Threat Threat(ReadMap map, SpecProblems problems)
    {
        var norm = map.Required("norm", "linf or l2", n => ReadScalar.Word(n, ["linf", "l2"], problems), "linf") == "l2" ? Norm.L2 : Norm.Linf;
        var space = map.Optional("space", n => ReadScalar.Word(n, ["pixel", "normalized"], problems), "pixel") == "normalized" ? Space.Normalized : Space.Pixel;
        // No two images differ by more than 1 in any pixel; in L2 the largest distance depends on the image's size.
        var range = (norm, space) == (Norm.Linf, Space.Pixel) ? Range.Above(0, 1, " for norm linf in space pixel") : Range.Above(0, 100);
        var eps = map.Required("eps", "the radius, for example 8/255", n => ReadScalar.Exact(n, range, problems, Hint(n)), Exact.Parse("1"));
        return new Threat(norm, eps, space, map.Optional("clip", n => Clip(n, problems), true));
    }

    private static string? Hint(SpecNode node) =>
        node is SpecScalar { Text: var text } && text.All(char.IsAsciiDigit) && text is not "0" ? $"did you mean {SpecScalar.Short(text)}/255?" : null;

    private static bool Clip(SpecNode node, SpecProblems problems)
    {
        if (node is SpecList { Items: [SpecScalar { Text: "0" }, SpecScalar { Text: "1" }] })
            return true;
        if (node is not SpecScalar { Text: "none" })
            problems.Add(node, "[0, 1] or none");
        return false;
    }
}
