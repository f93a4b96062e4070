namespace Ledger.Domain.Experiments;

/// <summary>
/// Everything found wrong with one experiment file, each thing once however many matrix points meet it. Reading goes on
/// with a stand-in value after a problem, so that all are found; nothing read is used unless there is none.
/// </summary>
public sealed class SpecProblems(string file)
{
    /// <summary>A file with more is wrong as a whole, and the rest of its problems would not be read.</summary>
    public const int Most = 100;

    private readonly Dictionary<(Place, string, string), Problem> _found = [];

    public bool Any => _found.Count > 0;

    public int Count => _found.Count;

    public bool Full => _found.Count >= Most;

    public void Add(Place place, string found, string expected, string? hint = null)
    {
        if (!Full)
            _found.TryAdd((place, found, expected), new Problem(found, expected, place.Path.Length == 0 ? null : place.Path, file, place.Line, place.Column, hint));
    }

    public void Add(SpecNode node, string expected, string? hint = null)
    {
        if (node is SpecMissing { IsReported: false } missing)
            Add(missing.Place, missing.Shown, missing.Expected, missing.Hint);
        else if (node is not SpecMissing)
            Add(node.Place, node.Shown, expected, hint);
    }

    /// <summary>A word that is none of the known ones.</summary>
    public void AddUnknown(Place place, string word, IReadOnlyCollection<string> known, string kind) =>
        AddUnknown(place, word.Length == 0 ? "nothing" : SpecScalar.Short(word), word, known, kind);

    public void AddUnknown(Place place, string found, string word, IReadOnlyCollection<string> known, string kind)
    {
        if (Full)
            return;
        string expected = known.Count == 0 ? $"{kind}, of which there are none here" : $"{kind}: {string.Join(", ", known.Take(20))}{(known.Count > 20 ? " …" : "")}";
        Add(place, found, expected, Suggestions.DidYouMean(word, known));
    }

    /// <exception cref="BadInput">There are problems.</exception>
    public void ThrowIfAny()
    {
        if (Any)
            throw new BadInput([.. _found.Values.OrderBy(p => p.Line).ThenBy(p => p.Column)]);
    }
}
