namespace Ledger.Domain.Experiments;

/// <summary>One entry of <c>models</c>: a kind of network in the zoo and its settings.</summary>
internal static class ReadModel
{
    public static ModelSpec Definition(SpecNode node, Normalization normalize, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "a model, for example {kind: small-cnn}");
        string? kind = map.Required("kind", $"one of {string.Join(", ", lookup.Supported.Models)}", n => ReadScalar.Word(n, lookup.Supported.Models, problems), null);
        int[] hidden = kind == "mlp" ? map.Required("hidden", "widths of the hidden layers, for example [400]", n => Hidden(n, problems), [1]) : [];
        double width = kind == "mlp" ? 1 : map.Optional("width", n => ReadScalar.Number(n, Range.Above(0, 64), problems), 1);
        bool bias = map.Optional("bias", n => ReadScalar.Boolean(n, problems), true);
        if (kind is not null)
            map.Done($"a model of kind {kind}");
        return new ModelSpec(kind ?? "", hidden, width, bias, normalize);
    }

    private static int[] Hidden(SpecNode node, SpecProblems problems)
    {
        if (node is SpecList { Items.Count: <= 100 } list)
            return [.. list.Items.Select(item => ReadScalar.Count(item, 1, 100_000, problems))];
        problems.Add(node, "a list of widths", node is SpecScalar s ? $"did you mean [{s.Shown}]?" : null);
        return [];
    }
}
