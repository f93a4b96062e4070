namespace Ledger.Domain.Experiments;

/// <summary>One entry of <c>models</c>: a kind of network in the zoo and its settings.</summary>
internal static class ReadModel
{
    public static ModelSpec Definition(SpecNode node, Normalization normalize, Lookup lookup)
    {
        var (problems, kinds) = (lookup.Problems, lookup.Supported.Models);
        string[] names = [.. kinds.Select(kind => kind.Name)];
        var map = new ReadMap(node, problems, "a model, for example {kind: small-cnn}");
        string? name = map.Required("kind", $"one of {string.Join(", ", names)}", n => ReadScalar.Word(n, names, problems), null);
        if (kinds.FirstOrDefault(kind => kind.Name == name) is not { } kind)
            return new ModelSpec("", [], 1, true, normalize);
        int[] hidden = kind.Hidden ? map.Required("hidden", "widths of the hidden layers, for example [400]", n => Hidden(n, problems), [1]) : [];
        int? depth = kind.Depths is { } depths ? map.Required("depth", depths.ToString(), n => Depth(n, depths, problems), depths.First) : null;
        double width = kind.Hidden ? 1 : Width(map, kind, problems);
        bool bias = !kind.Bias || map.Optional("bias", n => ReadScalar.Boolean(n, problems), true);
        int? rank = map.Optional("rank", n => Rank(n, problems), null);
        var init = map.Optional("init", n => ReadScalar.Word(n, ["kaiming-normal", "default"], problems), null) == "kaiming-normal" ? WeightInit.KaimingNormal : (WeightInit?)null;
        map.Done($"a model of kind {name}");
        return new ModelSpec(kind.Name, hidden, width, bias, normalize, depth, rank, init);
    }

    private static double Width(ReadMap map, ModelKind kind, SpecProblems problems)
    {
        double Read(SpecNode node) => ReadScalar.Number(node, Range.Above(0, 1024), problems);
        return kind.Width is { } usual ? map.Optional("width", Read, usual) : map.Required("width", "how many times as wide as the narrowest, for example 10", Read, 1);
    }

    private static int Depth(SpecNode node, Depths depths, SpecProblems problems)
    {
        int depth = ReadScalar.Count(node, depths.First, Depths.Most, problems);
        if (!depths.Has(depth))
            problems.Add(node, depths.ToString());
        return depth;
    }

    private static int? Rank(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text: "full" })
            return null;
        if (node is SpecScalar { Text: var text } && Exact.TryParse(text, out _))
            return ReadScalar.Count(node, 1, 100_000, problems);
        problems.Add(node, "a whole number from 1, or full");
        return null;
    }

    private static int[] Hidden(SpecNode node, SpecProblems problems)
    {
        if (node is SpecList { Items.Count: <= 100 } list)
            return [.. list.Items.Select(item => ReadScalar.Count(item, 1, 100_000, problems))];
        problems.Add(node, "a list of widths", node is SpecScalar s ? $"did you mean [{s.Shown}]?" : null);
        return [];
    }
}
