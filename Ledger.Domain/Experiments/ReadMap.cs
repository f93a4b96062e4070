namespace Ledger.Domain.Experiments;

/// <summary>
/// A map whose keys are known by being asked for: what nobody asked for by the end is an unknown key. A node that is no
/// map is reported once and reads as an empty one.
/// </summary>
internal sealed class ReadMap
{
    private readonly SpecMap? _map;
    private readonly SpecProblems _problems;
    private readonly List<string> _known = [];

    public ReadMap(SpecNode node, SpecProblems problems, string expected)
    {
        (_map, _problems, Place) = (node as SpecMap, problems, node.Place);
        if (_map is null)
            problems.Add(node, expected);
    }

    public Place Place { get; }

    public bool Has(string key) => _map?[key] is not null;

    public SpecNode? Optional(string key)
    {
        _known.Add(key);
        return _map?[key];
    }

    public SpecNode? Required(string key, string expected)
    {
        var value = Optional(key);
        if (value is null && _map is not null)
            _problems.Add(Place, $"no {key}", $"{key}: {expected}");
        return value;
    }

    /// <summary>The value under a required key, or the stand-in.</summary>
    public T Required<T>(string key, string expected, Func<SpecNode, T> read, T otherwise) =>
        Required(key, expected) is { } node ? read(node) : otherwise;

    public T Optional<T>(string key, Func<SpecNode, T> read, T otherwise) =>
        Optional(key) is { } node ? read(node) : otherwise;

    /// <summary>Reports the keys nobody asked for.</summary>
    /// <param name="of">What the keys belong to, for the message.</param>
    public void Done(string of)
    {
        foreach (var entry in _map?.Entries.Where(e => !_known.Contains(e.Name)) ?? [])
            _problems.AddUnknown(entry.Key, $"unknown key {SpecScalar.Short(entry.Name)}", entry.Name, _known, $"a key of {of}");
    }
}
