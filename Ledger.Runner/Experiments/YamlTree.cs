using Ledger.Domain.Experiments;
using YamlDotNet.Core.Events;

namespace Ledger.Runner.Experiments;

/// <summary>
/// YAML to a tree of texts with places. Takes the plain part of YAML only: one document, no anchors or aliases (a few
/// lines of them can unfold to gigabytes), no tags (a value is what its place asks for), no key twice.
/// </summary>
internal sealed class YamlTree
{
    private readonly IReadOnlyList<ParsingEvent> _events;
    private readonly SpecProblems _problems;
    private int _next;

    private YamlTree(IReadOnlyList<ParsingEvent> events, SpecProblems problems) => (_events, _problems) = (events, problems);

    /// <returns>Null after a problem that leaves nothing to read.</returns>
    public static SpecNode? Read(string text, SpecProblems problems) =>
        YamlEvents.Read(text, problems) is { } events ? new YamlTree(events, problems).Document() : null;

    private SpecNode? Document()
    {
        var starts = _events.OfType<DocumentStart>().ToList();
        if (starts.Count == 0)
            _problems.Add(new Place("", 1, 1), "nothing", "an experiment: ledger: 1, experiment, seeds, steps, ...");
        if (starts.Count > 1)
            _problems.Add(YamlEvents.Place("", starts[1].Start), "a second document", "one experiment a file");
        if (starts.Count != 1)
            return null;
        _next = 2;
        return Node("");
    }

    private SpecNode Node(string path)
    {
        var now = _events[_next++];
        var place = YamlEvents.Place(path, now.Start);
        if (now is AnchorAlias)
        {
            _problems.Add(place, "an alias", "the value itself: anchors and aliases are not taken");
            return SpecMissing.Reported(place);
        }

        Refuse((NodeEvent)now, place);
        if (now is Scalar scalar)
            return Text(place, scalar.Value);
        return now is SequenceStart ? Sequence(place) : Mapping(place);
    }

    private SpecList Sequence(Place place)
    {
        var items = new List<SpecNode>();
        while (_events[_next] is not SequenceEnd)
            items.Add(Node($"{place.Path}[{items.Count}]"));
        _next++;
        return new SpecList(place, items);
    }

    private SpecMap Mapping(Place place)
    {
        var entries = new Dictionary<string, SpecEntry>(StringComparer.Ordinal);
        while (_events[_next] is not MappingEnd)
        {
            var key = Node(place.Path);
            string name = (key as SpecScalar)?.Text ?? "";
            string path = place.Path.Length == 0 ? SpecScalar.Short(name) : $"{place.Path}.{SpecScalar.Short(name)}";
            var entry = new SpecEntry(name, key.Place with { Path = path }, Node(path));
            if (key is not SpecScalar)
                _problems.Add(key, "a word as key");
            else if (!entries.TryAdd(name, entry))
                _problems.Add(entry.Key, "the same key again", $"each key once; the first is on line {entries[name].Key.Line}");
        }

        _next++;
        // The parser gives no place to the map in [robust: fgsm], which has no braces.
        return new SpecMap(place.Line == 1 && place.Path.Length > 0 && entries.Count > 0 ? entries.Values.First().Key with { Path = place.Path } : place, [.. entries.Values]);
    }

    private SpecNode Text(Place place, string text)
    {
        if (IsWhole(text))
            return new SpecScalar(place, text);
        _problems.Add(place, "text with U+0000 or half a character", "whole characters");
        return SpecMissing.Reported(place);
    }

    private static bool IsWhole(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i]))))
                return false;
        }

        return true;
    }

    private void Refuse(NodeEvent node, Place place)
    {
        if (!node.Anchor.IsEmpty)
            _problems.Add(place, $"the anchor &{SpecScalar.Short(node.Anchor.Value)}", "no anchors: they are not taken");
        if (!node.Tag.IsEmpty)
            _problems.Add(place, $"the tag {SpecScalar.Short(node.Tag.IsNonSpecific ? "!" : node.Tag.Value)}", "no tags: a value is what its place asks for");
    }
}
