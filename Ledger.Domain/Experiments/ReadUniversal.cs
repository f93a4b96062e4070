namespace Ledger.Domain.Experiments;

/// <summary>The settings of attacks by one perturbation for all images.</summary>
internal static class ReadUniversal
{
    public static readonly IReadOnlyList<string> Words = ["uap", "sgd-uap"];

    private static readonly string[] Splits = ["train", "validation"];

    /// <summary>Null for any other word.</summary>
    public static UniversalSpec? Of(string? word, ReadMap map, Lookup lookup)
    {
        if (word is null || !Words.Contains(word))
            return null;
        var problems = lookup.Problems;
        var fit = map.Required(
            "fit-on", "the examples it is fitted to, for example {fmnist.train: {first: 2000}}", n => ReadData.Examples(n, Splits, lookup).Examples,
            new ExamplesSpec("", "train", null));
        int Count(string key, int otherwise, int least = 1) => map.Optional(key, n => ReadScalar.Count(n, least, 100_000, problems), otherwise);
        double Number(string key, double otherwise, Range range) => map.Optional(key, n => ReadScalar.Number(n, range, problems), otherwise);
        return word == "uap"
            ? new UniversalDeepFool(
                fit, Number("delta", 0.2, Range.Fraction), Count("passes", 20), Count("steps", 10, least: 3),
                ReadMinimumNorm.Overshoot(map, problems), ReadMinimumNorm.Classes(map, problems))
            : new UniversalSgd(
                fit, Count("epochs", 10), Count("batch", 100), Number("step", 0.8, Range.Above(0, 10)), Number("decay", 1, Range.Above(0, 1)),
                Number("cap", 12, Range.Above(0, 1000)));
    }
}
