using System.Text.RegularExpressions;

namespace Ledger.Domain.Experiments;

/// <summary>
/// <c>$name</c>: the value a scale or a matrix axis has here; <c>$axis.key</c>: what the chosen option carries under that
/// key. A reference is a whole value; there is no text around it and no arithmetic.
/// </summary>
internal sealed partial class References(IReadOnlyDictionary<string, SpecNode> scales, SpecProblems problems)
{
    // A reference to a long value repeated often is the one way a small file could become a large one.
    private const long Most = 2_000_000;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _axes = [];
    private long _spent;

    /// <summary>Axes that something refers to.</summary>
    public IReadOnlySet<string> Used => _used;

    /// <summary>Makes the axes known; before, only scale values can be referred to.</summary>
    public void Know(IReadOnlyList<Axis> axes)
    {
        _axes = [.. axes.Select(axis => axis.Name)];
        foreach (var axis in axes.Where(axis => scales.ContainsKey(axis.Name)))
            problems.Add(axis.Place, $"the axis {axis.Name}", $"a name of its own: ${axis.Name} is a scale value already");
    }

    public void Use(string axis) => _used.Add(axis);

    /// <summary>The node with every reference replaced by its value at this point.</summary>
    public SpecNode Resolve(SpecNode node, MatrixPoint point)
    {
        _spent += node.Size;
        if (_spent <= Most)
            return Replace(node, point);
        problems.Add(new Place("", 1, 1), "a matrix and steps that expand to millions of values", "a smaller study, or several files");
        return SpecMissing.Reported(node.Place);
    }

    private SpecNode Replace(SpecNode node, MatrixPoint point) => node switch
    {
        SpecScalar { Text: ['$', ..] } scalar => Value(scalar, point),
        SpecList list => new SpecList(list.Place, [.. list.Items.Select(item => Replace(item, point))]),
        SpecMap map => new SpecMap(map.Place, [.. map.Entries.Select(entry => entry with { Value = Replace(entry.Value, point) })]),
        _ => node,
    };

    private SpecNode Value(SpecScalar scalar, MatrixPoint point)
    {
        if (!Form().IsMatch(scalar.Text))
        {
            problems.Add(scalar, "a reference such as $epochs or $base.adversary");
            return SpecMissing.Reported(scalar.Place);
        }

        string[] parts = scalar.Text[1..].Split('.');
        var value = Root(scalar, parts[0], point);
        foreach (string key in parts.Skip(1))
        {
            if (value is SpecMissing)
                return value;
            var map = value as SpecMap;
            value = map?[key] ?? Missing(scalar, map is null ? [] : [.. map.Names], key, point.Label(parts[0]) is { } label ? $"{parts[0]} {label}" : parts[0]);
        }

        _spent += value.Size;
        return _spent <= Most ? value : SpecMissing.Reported(scalar.Place);
    }

    private SpecNode Root(SpecScalar scalar, string name, MatrixPoint point)
    {
        if (point[name] is { } option)
        {
            _used.Add(name);
            return option.Value;
        }

        if (scales.TryGetValue(name, out var value))
            return value;
        problems.AddUnknown(scalar.Place, scalar.Shown, name, [.. _axes, .. scales.Keys], _axes.Count == 0 ? "$ and the name of a scale value" : "$ and the name of an axis or scale value");
        return SpecMissing.Reported(scalar.Place);
    }

    private static SpecMissing Missing(SpecScalar scalar, string[] keys, string key, string holder) => new(
        scalar.Place,
        scalar.Text,
        keys.Length == 0 ? $"a value, but {holder} carries none" : $"a key of {holder}: {string.Join(", ", keys)}",
        Suggestions.DidYouMean(key, keys) ?? (keys.Length == 0 ? "leave the step out there with a when" : null));

    [GeneratedRegex(@"\A\$[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,8}\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
