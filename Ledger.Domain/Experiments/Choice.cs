namespace Ledger.Domain.Experiments;

/// <summary>A word, or a map of one word to its settings: <c>cosine</c>, <c>{adam: {lr: 1e-3}}</c>.</summary>
internal static class Choice
{
    /// <returns>A null name after a problem.</returns>
    public static (string? Name, ReadMap Settings) Of(SpecNode node, IReadOnlyList<string> names, string expected, SpecProblems problems)
    {
        var (name, place, settings) = node switch
        {
            SpecScalar { Text.Length: > 0 } scalar => (scalar.Text, scalar.Place, new SpecMap(scalar.Place, [])),
            SpecMap { Entries: [var only] } => (only.Name, only.Key, only.Value),
            _ => (null, node.Place, (SpecNode)new SpecMap(node.Place, [])),
        };
        if (name is null)
            problems.Add(node, expected);
        else if (!names.Contains(name))
            problems.AddUnknown(place, name, names, "one of");
        else
            return (name, new ReadMap(settings, problems, $"a map of the settings of {name}"));
        return (null, new ReadMap(new SpecMap(place, []), problems, expected));
    }
}
