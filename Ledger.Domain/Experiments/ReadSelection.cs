using System.Text.RegularExpressions;
using Ledger.Domain.Checks;

namespace Ledger.Domain.Experiments;

/// <summary>What names in a check can mean.</summary>
/// <param name="Steps">Ids of the steps.</param>
/// <param name="Adversaries">Names of those attacked with.</param>
internal sealed partial record CheckNames(IReadOnlyList<Axis> Axes, IReadOnlyList<string> Steps, IReadOnlyList<string> Adversaries, References References)
{
    public const string ColumnForm = @"[a-z][a-z0-9_]{0,63}(\.[A-Za-z0-9_.-]{1,64})?";

    public static bool IsColumn(string text) => Column().IsMatch(text);

    public Axis? Axis(SpecNode node, SpecProblems problems)
    {
        string name = ReadScalar.Text(node, problems, "an axis");
        var axis = Axes.FirstOrDefault(axis => axis.Name == name);
        if (axis is null && name.Length > 0)
            problems.AddUnknown(node.Place, name, [.. Axes.Select(a => a.Name)], "an axis");
        return axis;
    }

    /// <summary>An axis, or the adversary.</summary>
    public string Level(SpecNode node, SpecProblems problems) => node is SpecScalar { Text: Selection.Adversary } ? Selection.Adversary : Axis(node, problems)?.Name ?? "";

    /// <summary>The labels that a label or family stands for.</summary>
    public static IEnumerable<string> Labels(SpecNode node, Axis axis, SpecProblems problems)
    {
        string word = ReadScalar.Text(node, problems, $"a value of {axis.Name}");
        return word.Length > 0 && axis.Knows(word, node.Place, problems) ? axis.Options.Where(option => option.Is(word)).Select(option => option.Label) : [];
    }

    /// <summary>Just one label.</summary>
    public static string Label(SpecNode node, Axis axis, SpecProblems problems)
    {
        var labels = Labels(node, axis, problems).ToList();
        if (labels.Count > 1)
            problems.Add(node, $"one label: {string.Join(", ", labels)}");
        return labels.FirstOrDefault("");
    }

    /// <summary>One value, or a list of at least one.</summary>
    public static IReadOnlyList<SpecNode> List(SpecNode node, SpecProblems problems)
    {
        if (node is SpecList { Items.Count: 0 })
            problems.Add(node, "at least one value");
        return node is SpecList list ? list.Items : [node];
    }

    [GeneratedRegex(@"\A" + ColumnForm + @"\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Column();
}

/// <summary>
/// Maps such as <c>{base: robust, compress: filters, adversary: pgd, eps: 0.5, sparsity: ">= 0.9"}</c>: axes with labels or families, words
/// that name a step, an adversary and the like, columns with a bound.
/// </summary>
internal static partial class ReadSelection
{
    public static Selection Of(SpecNode node, CheckNames names, SpecProblems problems)
    {
        if (node is not SpecMap { Entries.Count: > 0 } map)
        {
            problems.Add(node, "a map from axes, step, adversary or columns to what is wanted");
            return Selection.All;
        }

        var (axes, words) = (new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal), new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));
        var columns = new Dictionary<string, Bound>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            if (names.Axes.FirstOrDefault(axis => axis.Name == entry.Name) is { } axis)
                axes[entry.Name] = Sorted(CheckNames.List(entry.Value, problems).SelectMany(item => CheckNames.Labels(item, axis, problems)));
            else if (Selection.Named.Contains(entry.Name))
                words[entry.Name] = Sorted(CheckNames.List(entry.Value, problems).Select(item => Word(entry.Name, item, names, problems)));
            else if (Column(entry, names, problems) is { } bound)
                columns[entry.Name] = bound;
        }

        return Made(axes, words, columns);
    }

    /// <summary>What matches both. Of what both name, the second counts.</summary>
    public static Selection Both(Selection? a, Selection b) => a is null
        ? b
        : Made(Merged(a.Axes, b.Axes), Merged(a.Words, b.Words), Merged(a.Columns, b.Columns));

    public static Bound Bound(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar scalar && Form().Match(scalar.Text) is { Success: true } match && Exact.TryParse(match.Groups["number"].Value, out var number))
            return new Bound(match.Groups["op"].Value, number.Value);
        problems.Add(node, "a bound, for example \"< 0.05\" or \">= 0.8\"");
        return new Bound("<", 0);
    }

    private static Bound? Column(SpecEntry entry, CheckNames names, SpecProblems problems)
    {
        string[] known = [.. names.Axes.Select(axis => axis.Name), .. Selection.Named];
        if (!CheckNames.IsColumn(entry.Name) || Suggestions.Closest(entry.Name, known) is not null)
            problems.AddUnknown(entry.Key, entry.Name, known, "a column, or one of");
        else
            return entry.Value is SpecScalar scalar && Exact.TryParse(scalar.Text, out var number) ? new Bound("=", number.Value) : Bound(entry.Value, problems);
        return null;
    }

    private static string Word(string name, SpecNode node, CheckNames names, SpecProblems problems)
    {
        string word = ReadScalar.Text(node, problems, $"a word for {name}");
        (IReadOnlyList<string> known, string wanted) = name switch
        {
            Selection.Step => (names.Steps, word.Split('/')[0]),
            Selection.Adversary => ([.. names.Adversaries, .. names.Steps, Selection.WorstCase], word),
            "norm" => (["linf", "l2"], word),
            "space" => (["pixel", "normalized"], word),
            _ => ((IReadOnlyList<string>)[word], word),
        };
        if (word.Length > 0 && !known.Contains(wanted))
            problems.AddUnknown(node.Place, word, known, $"a value of {name}");
        return word;
    }

    private static Selection Made(
        Dictionary<string, IReadOnlyList<string>> axes, Dictionary<string, IReadOnlyList<string>> words, Dictionary<string, Bound> columns) =>
        new(axes.Count == 0 ? null : axes, words.Count == 0 ? null : words, columns.Count == 0 ? null : columns);

    private static Dictionary<string, T> Merged<T>(IReadOnlyDictionary<string, T>? a, IReadOnlyDictionary<string, T>? b)
    {
        var merged = new Dictionary<string, T>(a ?? new Dictionary<string, T>(), StringComparer.Ordinal);
        foreach (var (name, value) in b ?? new Dictionary<string, T>())
            merged[name] = value;
        return merged;
    }

    private static IReadOnlyList<string> Sorted(IEnumerable<string> words) => [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\A\s*(?<op><=|>=|<|>)\s*(?<number>-?[0-9][0-9.eE/+-]*)\s*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}

/// <summary>
/// The value of <c>along</c>: an axis whose labels are numbers, <c>axis.key</c> for numbers that its options carry, or a column.
/// <c>place: {full: 500}</c> gives labels a number they lack.
/// </summary>
internal static class ReadAlong
{
    public static Along Of(SpecNode node, SpecNode? place, Selection where, CheckNames names, SpecProblems problems)
    {
        string name = ReadScalar.Text(node, problems, "an axis, axis.key, or a column");
        string[] parts = name.Split('.', 2);
        if (names.Axes.FirstOrDefault(axis => axis.Name == parts[0]) is { } axis)
            return OfAxis(node, axis, parts.Skip(1).FirstOrDefault(), place, where, problems);
        if (place is not null)
            problems.Add(place, "no place: only labels of an axis are placed");
        if (name.Length > 0 && (!CheckNames.IsColumn(name) || Suggestions.Closest(parts[0], names.Axes.Select(a => a.Name)) is not null))
            problems.AddUnknown(node.Place, name, [.. names.Axes.Select(a => a.Name)], "a column, or an axis");
        return new Along(name, null);
    }

    private static Along OfAxis(SpecNode node, Axis axis, string? key, SpecNode? place, Selection where, SpecProblems problems)
    {
        var places = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var option in axis.Options.Where(option => Wanted(option.Label, axis, where)))
        {
            string? text = key is null ? option.Label : ((option.Value as SpecMap)?[key] as SpecScalar)?.Text;
            if (text is not null && Exact.TryParse(text, out var number))
                places[option.Label] = number.Value;
        }

        foreach (var entry in place is null ? [] : Names.Of(place, "a map from labels to numbers", problems))
        {
            foreach (string label in CheckNames.Labels(new SpecScalar(entry.Value.Place, entry.Name), axis, problems))
                places[label] = ReadScalar.Number(entry.Value, new Range(-1e12, 1e12), problems);
        }

        if (places.Count < 2 && !axis.IsBroken)
            problems.Add(node, $"labels of {axis.Name} with numbers{(key is null ? "" : $" under {key}")}", "axis.key for a number that its options carry, or place: {label: number}");
        return new Along(axis.Name, places);
    }

    private static bool Wanted(string label, Axis axis, Selection where) =>
        where.Axes is null || !where.Axes.TryGetValue(axis.Name, out var labels) || labels.Contains(label);
}
