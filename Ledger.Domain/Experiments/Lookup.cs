namespace Ledger.Domain.Experiments;

/// <summary>
/// What a step can refer to by name at one matrix point. Every kind of reference is looked up in one section only, so a
/// model and a recipe may share a name.
/// </summary>
internal sealed class Lookup(Definitions definitions, MatrixPoint point)
{
    public MatrixPoint Point => point;

    public SpecProblems Problems => definitions.Problems;

    public Supported Supported => definitions.Supported;

    public SpecNode Resolve(SpecNode node) => definitions.References.Resolve(node, point);

    /// <summary>Names defined in a section.</summary>
    public IReadOnlyCollection<string> Names(string section) => definitions.Names(section);

    /// <summary>The definition, references resolved and <c>like</c> merged; a stand-in after an unknown name.</summary>
    public SpecNode Find(string section, string name, Place at)
    {
        if (definitions.Find(section, name) is not { } found)
        {
            Problems.AddUnknown(at, name, Names(section), $"a name in {section}");
            return SpecMissing.Reported(at);
        }

        return section == "recipes" ? Merge(name, []) : Resolve(found);
    }

    private SpecNode Merge(string name, IReadOnlyList<string> chain)
    {
        var own = Resolve(definitions.Find("recipes", name)!);
        if (own is not SpecMap map || map["like"] is not SpecScalar like)
            return own;
        if (chain.Contains(name))
        {
            Problems.Add(like, "recipes that do not go in a circle");
            return SpecMissing.Reported(own.Place);
        }

        var rest = map.Entries.Where(entry => entry.Name != "like").ToList();
        if (definitions.Find("recipes", like.Text) is null)
        {
            Problems.AddUnknown(like.Place, like.Text, Names("recipes"), "a name in recipes");
            return SpecMissing.Reported(own.Place);
        }

        return Merge(like.Text, [.. chain, name]) is SpecMap model
            ? new SpecMap(map.Place, [.. model.Entries.Where(entry => map[entry.Name] is null), .. rest])
            : SpecMissing.Reported(own.Place);
    }
}

/// <summary>The sections of named things, and which of them were looked up.</summary>
internal sealed class Definitions(IReadOnlyDictionary<string, SpecNode?> sections, References references, Supported supported, SpecProblems problems)
{
    private readonly Dictionary<string, Dictionary<string, SpecNode>> _named = sections.ToDictionary(
        section => section.Key,
        section => Experiments.Names.Of(section.Value, $"named {section.Key}", problems).ToDictionary(n => n.Name, n => n.Value));

    private readonly HashSet<(string, string)> _found = [];

    public References References => references;

    public Supported Supported => supported;

    public SpecProblems Problems => problems;

    public IReadOnlyCollection<string> Names(string section) => _named[section].Keys;

    public SpecNode? Find(string section, string name)
    {
        _found.Add((section, name));
        return _named[section].GetValueOrDefault(name);
    }

    /// <summary>Definitions nothing referred to; they are still read, for their problems.</summary>
    public IEnumerable<(string Section, string Name)> Unused() =>
        _named.SelectMany(section => section.Value.Keys, (section, name) => (section.Key, name)).Where(one => !_found.Contains(one)).ToList();
}

/// <summary>What the runner can do beyond what the types here say.</summary>
/// <param name="Models">Kinds of networks in the zoo.</param>
/// <param name="Sources">Names in the data catalog; anything with a slash is a folder.</param>
public sealed record Supported(IReadOnlyList<ModelKind> Models, IReadOnlyList<string> Sources);
