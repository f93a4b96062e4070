using Ledger.Domain.Experiments;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ledger.Runner.Experiments;

/// <summary>
/// YAML to a tree of texts with places. Takes the plain part of YAML only: one document, no anchors or aliases (a few
/// lines of them can unfold to gigabytes), no tags (a value is what its place asks for), no key twice.
/// </summary>
internal sealed class YamlTree
{
    private const int Deepest = 32;

    private readonly Parser _parser;
    private readonly SpecProblems _problems;

    private YamlTree(string text, SpecProblems problems) => (_parser, _problems) = (new Parser(new StringReader(text)), problems);

    /// <returns>Null after a problem that leaves nothing to read.</returns>
    public static SpecNode? Read(string text, SpecProblems problems)
    {
        try
        {
            return new YamlTree(text, problems).Document();
        }
        catch (YamlException error)
        {
            problems.Add(Where("", error.Start), "text that is not YAML", Reason(error), Quoting(text, error.Start));
            return null;
        }
    }

    private SpecNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _problems.Add(new Place("", 1, 1), "nothing", "an experiment: ledger: 1, experiment, seeds, steps, ...");
            return null;
        }

        var root = Node("", 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
            _problems.Add(Where("", second.Start), "a second document", "one experiment a file");
        return root;
    }

    private SpecNode Node(string path, int depth)
    {
        var place = Where(path, _parser.Current!.Start);
        if (depth > Deepest)
            throw new SemanticErrorException(_parser.Current.Start, _parser.Current.End, $"at most {Deepest} levels of nesting");
        if (_parser.TryConsume<AnchorAlias>(out _))
        {
            _problems.Add(place, "an alias", "the value itself: anchors and aliases are not taken");
            return new SpecMissing(place, "", "", null);
        }

        if (_parser.Current is NodeEvent node)
            Refuse(node, place);
        if (_parser.TryConsume<SequenceStart>(out _))
            return Sequence(place, depth);
        if (_parser.TryConsume<MappingStart>(out _))
            return Mapping(place, depth);
        return Scalar(place, _parser.Consume<Scalar>());
    }

    private SpecList Sequence(Place place, int depth)
    {
        var items = new List<SpecNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node($"{place.Path}[{items.Count}]", depth + 1));
        return new SpecList(place, items);
    }

    private SpecMap Mapping(Place place, int depth)
    {
        var entries = new Dictionary<string, SpecEntry>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (Node(place.Path, depth + 1) is not SpecScalar key)
            {
                _problems.Add(Where(place.Path, _parser.Current!.Start), "a key that is not a word", "a word");
                Node(place.Path, depth + 1);
                continue;
            }

            string path = place.Path.Length == 0 ? SpecScalar.Short(key.Text) : $"{place.Path}.{SpecScalar.Short(key.Text)}";
            var entry = new SpecEntry(key.Text, key.Place with { Path = path }, Node(path, depth + 1));
            if (!entries.TryAdd(key.Text, entry))
                _problems.Add(entry.Key, "the same key again", $"each key once; the first is on line {entries[key.Text].Key.Line}");
        }

        return new SpecMap(place, [.. entries.Values]);
    }

    private SpecScalar Scalar(Place place, Scalar scalar)
    {
        if (scalar.Value.Any(c => c == '\0' || char.IsSurrogate(c)) && !IsStorable(scalar.Value))
        {
            _problems.Add(place, "text with U+0000 or half a character", "whole characters");
            return new SpecScalar(place, "");
        }

        return new SpecScalar(place, scalar.Value);
    }

    private void Refuse(NodeEvent node, Place place)
    {
        if (!node.Anchor.IsEmpty)
            _problems.Add(place, $"the anchor &{SpecScalar.Short(node.Anchor.Value)}", "no anchors: they are not taken");
        if (!node.Tag.IsEmpty)
            _problems.Add(place, $"the tag {SpecScalar.Short(node.Tag.Value)}", "no tags: a value is what its place asks for");
    }

    private static bool IsStorable(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i]))))
                return false;
        }

        return true;
    }

    private static Place Where(string path, Mark mark) => new(path, (int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private static string Reason(YamlException error) => SpecScalar.Short(error.InnerException is null ? error.Message : error.InnerException.Message);

    /// <summary>The one slip this format invites: a list inside an unquoted condition inside braces.</summary>
    private static string? Quoting(string text, Mark at)
    {
        string line = text.Split('\n').ElementAtOrDefault((int)at.Line - 1) ?? "";
        return line.Contains("when:", StringComparison.Ordinal) && line.Contains(" in [", StringComparison.Ordinal)
            ? "inside braces write the condition in quotes: when: \"axis in [a, b]\""
            : null;
    }
}
