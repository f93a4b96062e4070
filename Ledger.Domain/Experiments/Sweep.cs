using System.Text.RegularExpressions;

namespace Ledger.Domain.Experiments;

/// <summary>
/// <c>each: [a, b]</c> inside a value makes one value of each element, labelled by its text; several in one value make
/// their product, labels joined by <c>/</c> in the order of the keys' names. A plain list is a value, never a sweep.
/// </summary>
internal static partial class Sweep
{
    private const int Most = 1000;

    /// <returns>At least one; the label is empty where nothing is swept.</returns>
    public static IReadOnlyList<(string Label, SpecNode Value)> Expand(SpecNode node, SpecProblems problems)
    {
        switch (node)
        {
            case SpecMap map when map["each"] is { } each:
                foreach (var other in map.Entries.Where(entry => entry.Name != "each"))
                    problems.Add(other.Key, $"{SpecScalar.Short(other.Name)} beside each", "each alone");
                return Elements(each, problems);
            case SpecMap map:
                return Product(map, problems);
            case SpecList list when list.Items.Any(Sweeps):
                problems.Add(list, "a list of values without each");
                return [("", SpecMissing.Reported(list.Place))];
            default:
                return [("", node)];
        }
    }

    public static string Join(string a, string b) => a.Length == 0 ? b : b.Length == 0 ? a : $"{a}/{b}";

    /// <summary>Whether a text can stand in a label or a step's path.</summary>
    public static bool IsLabel(string text) => Label().IsMatch(text);

    private static bool Sweeps(SpecNode node) => node switch
    {
        SpecMap map => map["each"] is not null || map.Entries.Any(entry => Sweeps(entry.Value)),
        SpecList list => list.Items.Any(Sweeps),
        _ => false,
    };

    private static IReadOnlyList<(string, SpecNode)> Elements(SpecNode each, SpecProblems problems)
    {
        var elements = new Dictionary<string, SpecNode>(StringComparer.Ordinal);
        if (each is not SpecList { Items.Count: > 0 } list)
        {
            problems.Add(each, "a list of at least one value");
            return [("", SpecMissing.Reported(each.Place))];
        }

        foreach (var item in list.Items)
        {
            if (item is not SpecScalar scalar || !IsLabel(scalar.Text))
                problems.Add(item, "a number or a name, which becomes a label");
            else if (!elements.TryAdd(scalar.Text, scalar))
                problems.Add(item, "each value once");
        }

        return elements.Count == 0 ? [("", SpecMissing.Reported(each.Place))] : [.. elements.Select(e => (e.Key, e.Value))];
    }

    private static List<(string Label, SpecNode Value)> Product(SpecMap map, SpecProblems problems)
    {
        var all = new List<(string Label, SpecNode Value)> { ("", map) };
        foreach (var entry in map.Entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var values = Expand(entry.Value, problems);
            if (all.Count * values.Count > Most)
            {
                problems.Add(map, $"at most {Most} values out of one");
                return all;
            }

            if (values.Count > 1 || !ReferenceEquals(values[0].Value, entry.Value))
                all = [.. all.SelectMany(a => values, (a, v) => (Join(a.Label, v.Label), (SpecNode)((SpecMap)a.Value).With(entry.Name, v.Value)))];
        }

        return all;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9+-][A-Za-z0-9._+/-]{0,63}\z")]
    private static partial Regex Label();
}
