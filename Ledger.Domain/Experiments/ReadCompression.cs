using System.Numerics;

namespace Ledger.Domain.Experiments;

/// <summary>The value of <c>compress</c>: a method and its settings.</summary>
internal static class ReadCompression
{
    private static readonly string[] Methods =
        ["magnitude", "n-m", "learned-scores", "filter-l1", "filter-l2", "neuron-l1", "neuron-l2", "svd", "ptq", "qat"];

    /// <summary>
    /// A step that compresses. Beside the compression it may name data, an adversary and regularizers, as a training does; a compression
    /// that trains nothing does not look at them.
    /// </summary>
    public static CompressSpec Step(string step, StepVariant variant, ReadMap map, Lookup lookup)
    {
        var compression = map.Required("compress", "", n => Of(n, lookup), null!);
        if (compression is LearnedScores or MagnitudePruning { Rounds: not null })
        {
            var (set, examples) = ReadTraining.Examples(map, lookup);
            var training = ReadTraining.Fitting(step, variant, map, set, new TrainSpec(null, examples, null!, null, Augment: set.Augment), lookup);
            Refuse(compression, training, map, lookup.Problems);
            return new CompressSpec(compression, training);
        }

        foreach (string unused in (string[])["data", "recipe", "adversary", "regularize"])
            map.Optional(unused);
        return new CompressSpec(compression);
    }

    /// <summary>What a training can ask for and one inside a compression cannot have.</summary>
    private static void Refuse(CompressionSpec compression, TrainSpec training, ReadMap map, SpecProblems problems)
    {
        if (training.Recipe?.NeedsValidation() == true)
            problems.Add(map.Place, "a recipe that looks at validation examples", "one that goes through all its epochs and keeps the last");
        if (compression is LearnedScores && training.Recipe?.Renormalize is not null)
            problems.Add(map.Place, "a recipe that renormalizes weights, which are frozen beside scores", "renormalize: none");
        if (map.Optional("regularize") is not { } regularize || training.Regularizers is null)
            return;
        if (compression is LearnedScores)
            problems.Add(regularize.Place, "regularizers of weights, which are frozen beside scores", "regularize in a training before or after it");
        else if (training.Regularizers.Any(regularizer => regularizer is TransformedSparsity))
            problems.Add(regularize.Place, "tsc, whose gates end in weights that the next round prunes", "tsc in a training before or after it");
    }

    /// <summary>
    /// The step with the recipe that its compression names as its own, so that it is looked up and swept over like that of a training.
    /// </summary>
    public static SpecMap WithRecipe(SpecMap step)
    {
        var recipe = step["compress"] is SpecMap compression
            ? (compression["iterative"] as SpecMap ?? compression).Entries.FirstOrDefault(entry => entry.Name == "recipe")
            : null;
        return recipe is null || step["recipe"] is not null ? step : new SpecMap(step.Place, [.. step.Entries, recipe]);
    }

    public static CompressionSpec Of(SpecNode node, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "a compression, for example {method: magnitude, ratio: 0.8}");
        string? method = map.Required("method", $"one of {string.Join(", ", Methods)}", n => ReadScalar.Word(n, Methods, problems), null);
        if (method is null)
            return new MagnitudePruning(Exact.Parse("1"), Scope.Global);
        CompressionSpec compression = method switch
        {
            "ptq" or "qat" => ReadQuantization.Of(map, method, lookup),
            "svd" => ReadLowRank.Of(map, problems),
            "n-m" => Pattern(map, problems),
            "learned-scores" => Scores(map, problems),
            "magnitude" => new MagnitudePruning(
                Ratio(map, problems), Scoped(map, "global", problems), map.Optional("iterative", n => Rounds(n, problems), null), Except(map, problems)),
            _ => Filters(map, method, problems),
        };
        map.Done($"method {method}");
        return compression;
    }

    /// <summary>Layers left alone: names that only the network can check.</summary>
    internal static IReadOnlyList<string>? Except(ReadMap map, SpecProblems problems) => map.Optional("except", n =>
    {
        if (n is SpecList { Items.Count: > 0 } list)
            return (IReadOnlyList<string>)[.. list.Items.Select(item => ReadScalar.Text(item, problems, "the name of a layer, first or last"))];
        problems.Add(n, "a list of layers, for example [first, fc2]");
        return null;
    }, null);

    /// <summary>Its recipe is read as the step's.</summary>
    private static PruningRounds? Rounds(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "for example {rounds: 5, recipe: short}");
        map.Optional("recipe");
        var rounds = new PruningRounds(
            map.Required("rounds", "a number of prunings, from 2", n => ReadScalar.Count(n, 2, 1000, problems), 2),
            map.Optional("path", n => ReadScalar.Word(n, ["geometric", "cubic"], problems), "geometric") == "cubic" ? SparsityPath.Cubic : SparsityPath.Geometric);
        map.Done("iterative");
        return rounds;
    }

    private static LearnedScores Scores(ReadMap map, SpecProblems problems)
    {
        // The only scope there is: scores of different layers have no common scale.
        map.Optional("scope", n => ReadScalar.Word(n, ["per-layer"], problems), null);
        map.Optional("recipe");
        return new LearnedScores(Ratio(map, problems), Except(map, problems));
    }

    private static PatternPruning Pattern(ReadMap map, SpecProblems problems)
    {
        int m = map.Required("m", "the size of a group, for example 4", n => ReadScalar.Count(n, 2, 1024, problems), 2);
        int n = map.Required("n", "how many of each group are kept, for example 2", node => ReadScalar.Count(node, 1, m - 1, problems), 1);
        return new PatternPruning(n, m, Except(map, problems));
    }

    private static FilterPruning Filters(ReadMap map, string method, SpecProblems problems) => new(
        Ratio(map, problems),
        method.EndsWith("l1", StringComparison.Ordinal) ? FilterNorm.L1 : FilterNorm.L2,
        Scoped(map, "per-layer", problems),
        map.Optional("remove", n => ReadScalar.Boolean(n, problems), true),
        method.StartsWith("neuron", StringComparison.Ordinal) ? PrunedUnits.Neurons : null,
        Except(map, problems));

    private static Scope Scoped(ReadMap map, string otherwise, SpecProblems problems) =>
        map.Optional("scope", n => ReadScalar.Word(n, ["per-layer", "global"], problems), otherwise) == "global" ? Scope.Global : Scope.PerLayer;

    /// <summary>The fraction removed, as <c>ratio</c>, or as <c>keep</c>: 1 − ratio.</summary>
    private static Exact Ratio(ReadMap map, SpecProblems problems)
    {
        if (!map.Has("keep"))
            return map.Required("ratio", "the fraction removed, for example 0.8 (or keep: 0.2)", n => ReadScalar.Exact(n, Range.Fraction, problems), Exact.Parse("1"));
        if (map.Optional("ratio") is { } both)
            problems.Add(both, "one of ratio and keep");
        return map.Optional("keep", n => Rest(n, problems), Exact.Parse("1"));
    }

    private static Exact Rest(SpecNode node, SpecProblems problems)
    {
        var keep = ReadScalar.Exact(node, Range.Fraction, problems);
        if (Exact.TryParse(OneMinus(keep), out var ratio))
            return ratio;
        problems.Add(node, "a fraction of at most 40 digits");
        return keep;
    }

    /// <summary>0.05 gives 0.95, 1/3 gives 2/3: a decimal stays one, so that it equals the ratio a person would have written.</summary>
    internal static string OneMinus(Exact keep)
    {
        var rest = keep.Denominator - keep.Numerator;
        if (keep.Text.Contains('/'))
            return $"{rest}/{keep.Denominator}";
        int digits = (int)Math.Round(BigInteger.Log10(keep.Denominator));
        return "0." + rest.ToString().PadLeft(digits, '0').TrimEnd('0');
    }
}
