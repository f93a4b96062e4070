namespace Ledger.Domain.Experiments;

/// <summary>One entry of <c>data</c>.</summary>
/// <param name="Train">The first n of the training examples, or null for all.</param>
internal sealed record DataSet(string Source, int? Train, int? Test, HoldOut? Validation, Normalization Normalize);

internal static class ReadData
{
    private const string Splits = "train, validation or test";

    public static DataSet Definition(SpecNode node, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "a data set, for example {source: fashion-mnist, normalize: {mean: [0.286], std: [0.353]}}");
        var set = new DataSet(
            map.Required("source", "a name in the data catalog, or a folder", n => Source(n, lookup), ""),
            map.Optional("train", n => Part(n, problems), null),
            map.Optional("test", n => Part(n, problems), null),
            map.Optional("validation", n => (HoldOut?)Validation(n, problems), null),
            map.Required("normalize", "{mean: [...], std: [...]}, one of each per channel", n => Normalize(n, problems), new Normalization([0], [1])));
        map.Done("a data set");
        return set;
    }

    private static string Source(SpecNode node, Lookup lookup)
    {
        string source = ReadScalar.Text(node, lookup.Problems, "a name in the data catalog, or a folder");
        if (source.Length > 0 && !source.Contains('/') && !lookup.Supported.Sources.Contains(source))
            lookup.Problems.AddUnknown(node.Place, source, lookup.Supported.Sources, "a folder (with a slash) or one of");
        return source;
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

        int? first = settings is null ? null : First(settings, lookup.Problems);
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
        if (first > (split == "validation" ? set.Validation?.Count : all.First))
            problems.Add(place, $"the first {first}", $"at most the {(split == "validation" ? set.Validation?.Count : all.First)} that data.{name} has in {split}");
        return (set, first is null ? all : all with { First = first });
    }

    private static readonly (DataSet, ExamplesSpec) Nothing =
        (new DataSet("", null, null, null, new Normalization([0], [1])), new ExamplesSpec("", "train", null));

    /// <summary>The validation examples of a data set that has some.</summary>
    public static ExamplesSpec Held(DataSet set) => new(set.Source, "train", null, set.Validation, Held: true);

    private static ExamplesSpec Whole(DataSet set, string split) => split switch
    {
        "train" => new ExamplesSpec(set.Source, "train", set.Train, set.Validation),
        "validation" => Held(set),
        _ => new ExamplesSpec(set.Source, "test", set.Test),
    };

    /// <summary><c>all</c> (null) or <c>{first: n}</c>.</summary>
    private static int? Part(SpecNode node, SpecProblems problems) => node is SpecScalar { Text: "all" } ? null : First(node, problems);

    private static int? First(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "all or {first: n}");
        var first = map.Required("first", "a number of examples, or all", n => Limit(n, problems), null);
        map.Done("a part of a data set");
        return first;
    }

    public static int? Limit(SpecNode node, SpecProblems problems) =>
        node is SpecScalar { Text: "all" } ? null : ReadScalar.Count(node, 1, 100_000_000, problems);

    private static HoldOut Validation(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "examples set aside, for example {count: 1000, from: train, seed: 0}");
        map.Optional("from", n => ReadScalar.Word(n, ["train"], problems), "train");
        var held = new HoldOut(
            map.Required("count", "a number of examples", n => ReadScalar.Count(n, 1, 100_000_000, problems), 1),
            map.Optional("seed", n => ReadScalar.Integer(n, 0, Seeds.Most, problems), 0));
        map.Done("validation");
        return held;
    }

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
