namespace Ledger.Domain.Experiments;

/// <summary>One entry of <c>data</c>.</summary>
/// <param name="Augment">How training examples are changed while they are trained on; null: not at all.</param>
/// <param name="Synthetic">What is generated; null: the source has files.</param>
internal sealed record DataSet(
    string Source, DataPart Train, DataPart Test, HoldOut? Validation, Normalization Normalize,
    Augmentation? Augment = null, SyntheticSpec? Synthetic = null)
{
    /// <summary>A stand-in after a problem.</summary>
    public static readonly DataSet Nothing = new("", DataPart.All, DataPart.All, null, new Normalization([0], [1]));
}

internal static class ReadData
{
    public static DataSet Definition(SpecNode node, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "a data set, for example {source: fashion-mnist, normalize: {mean: [0.286], std: [0.353]}}");
        var (source, synthetic) = map.Required("source", "a name in the data catalog, a folder, or a synthetic task", n => ReadSource.Of(n, lookup), ("", null));
        var set = new DataSet(
            source,
            map.Optional("train", n => ReadPart.Of(n, problems), DataPart.All),
            map.Optional("test", n => ReadPart.Of(n, problems), DataPart.All),
            map.Optional("validation", n => (HoldOut?)ReadPart.Validation(n, problems), null),
            map.Required("normalize", "{mean: [...], std: [...]}, one of each per channel", n => Normalize(n, problems), new Normalization([0], [1])),
            map.Optional("augment", n => ReadAugmentation.Of(n, problems), null),
            synthetic);
        map.Done("a data set");
        return set;
    }

    /// <summary><c>name.split</c>, <c>{name.split: {first: n}}</c>, or <c>name</c> alone where one split is meant.</summary>
    public static (DataSet Set, ExamplesSpec Examples) Examples(SpecNode node, IReadOnlyList<string> allowed, Lookup lookup)
    {
        var (reference, place, settings) = node switch
        {
            SpecScalar scalar => (scalar.Text, scalar.Place, null),
            SpecMap { Entries: [var only] } => (only.Name, only.Key, only.Value),
            _ => ("", node.Place, (SpecNode?)null),
        };
        if (reference.Length == 0)
        {
            lookup.Problems.Add(node, "examples, for example fmnist.test or {fmnist.test: {first: 500}}");
            return Nothing;
        }

        int? first = settings is null ? null : ReadPart.First(settings, lookup.Problems);
        return Split(reference, place, first, allowed, lookup);
    }

    public static (DataSet Set, ExamplesSpec Examples) Split(string reference, Place place, int? first, IReadOnlyList<string> allowed, Lookup lookup)
    {
        var (problems, parts) = (lookup.Problems, reference.Split('.'));
        string name = parts[0], split = parts.Length == 1 && allowed.Count == 1 ? allowed[0] : parts.ElementAtOrDefault(1) ?? "";
        if (parts.Length > 2 || !allowed.Contains(split))
        {
            problems.AddUnknown(place, reference, [.. lookup.Names("data").SelectMany(n => allowed.Select(s => $"{n}.{s}"))], "a data set and its split");
            return Nothing;
        }

        if (lookup.Find("data", name, place) is not SpecMap definition)
            return Nothing;
        var set = Definition(definition, lookup);
        var all = Whole(set, split);
        if (split == "validation" && set.Validation is null)
            problems.Add(place, SpecScalar.Short(reference), $"validation: {{count: 1000}} in data.{name}");
        var most = split == "validation" ? set.Validation?.Count : all.First ?? all.Random?.Count;
        if (first > most)
            problems.Add(place, $"the first {first}", $"at most the {most} that data.{name} has in {split}");
        return (set, first is null ? all : all with { First = first });
    }

    private static readonly (DataSet, ExamplesSpec) Nothing = (DataSet.Nothing, new ExamplesSpec("", "train", null));

    /// <summary>The validation examples of a data set that has some.</summary>
    public static ExamplesSpec Held(DataSet set) => new(set.Source, "train", null, set.Validation, Held: true, Synthetic: set.Synthetic);

    private static ExamplesSpec Whole(DataSet set, string split) => split switch
    {
        "train" => new ExamplesSpec(set.Source, "train", set.Train.First, set.Validation, Random: set.Train.Random, Synthetic: set.Synthetic),
        "validation" => Held(set),
        _ => new ExamplesSpec(set.Source, "test", set.Test.First, Random: set.Test.Random, Synthetic: set.Synthetic),
    };

    private static Normalization Normalize(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "{mean: [...], std: [...]}");
        double[] mean = map.Required("mean", "a list of numbers", n => Channels(n, new Range(-10, 10), problems), [0]);
        double[] std = map.Required("std", "a list of numbers", n => Channels(n, Range.Above(0, 10), problems), [1]);
        map.Done("normalize");
        if (mean.Length > 0 && std.Length > 0 && mean.Length != std.Length)
            problems.Add(node.Place, $"{mean.Length} means and {std.Length} deviations", "one of each per channel");
        return new Normalization(mean, std);
    }

    private static double[] Channels(SpecNode node, Range range, SpecProblems problems)
    {
        if (node is SpecList { Items.Count: >= 1 and <= 64 } list)
            return [.. list.Items.Select(item => ReadScalar.Number(item, range, problems))];
        problems.Add(node, "a list of numbers, one per channel", node is SpecScalar s ? $"did you mean [{s.Shown}]?" : null);
        return [];
    }
}

internal static class Seeds
{
    /// <summary>Whole numbers up to fifteen digits survive JSON as they are.</summary>
    public const long Most = 999_999_999_999_999;
}
