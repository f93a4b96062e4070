using System.Numerics;
using Ledger.Domain.Models;

namespace Ledger.Domain.Experiments;

/// <summary>The value of <c>compress</c>: a method and its settings.</summary>
internal static class ReadCompression
{
    private static readonly string[] Methods = ["magnitude", "filter-l1", "filter-l2", "ptq"];

    public static CompressionSpec Of(SpecNode node, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "a compression, for example {method: magnitude, ratio: 0.8}");
        string? method = map.Required("method", $"one of {string.Join(", ", Methods)}", n => ReadScalar.Word(n, Methods, problems), null);
        CompressionSpec compression = method switch
        {
            "ptq" => Quantization(map, lookup),
            "filter-l1" or "filter-l2" => new FilterPruning(
                Ratio(map, problems),
                method == "filter-l1" ? FilterNorm.L1 : FilterNorm.L2,
                Scoped(map, "per-layer", problems),
                map.Optional("remove", n => ReadScalar.Boolean(n, problems), true)),
            null => new MagnitudePruning(Exact.Parse("1"), Scope.Global),
            _ => new MagnitudePruning(Ratio(map, problems), Scoped(map, "global", problems)),
        };
        if (method is not null)
            map.Done($"method {method}");
        return compression;
    }

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

    private static PostTrainingQuantization Quantization(ReadMap map, Lookup lookup)
    {
        var problems = lookup.Problems;
        int bits = map.Required("bits", "a whole number from 2 to 16", n => ReadScalar.Count(n, 2, 16, problems), 8);
        string? weights = map.Optional("weights", n => ReadScalar.Word(n, ["per-channel", "per-tensor"], problems), "per-channel");
        string? activations = map.Optional("activations", n => ReadScalar.Word(n, ["per-tensor", "none"], problems), "per-tensor");
        var calibration = map.Required(
            "calibrate", "for example {min-max: fmnist.train, first: 512}", n => Calibration(n, lookup), new ExamplesSpec("", "train", null));
        return new PostTrainingQuantization(
            bits, weights == "per-tensor" ? Granularity.PerTensor : Granularity.PerChannel, activations == "none" ? null : bits, calibration);
    }

    /// <summary>Never test examples: ranges taken from them would leak into what is tested.</summary>
    private static ExamplesSpec Calibration(SpecNode node, Lookup lookup)
    {
        var map = new ReadMap(node, lookup.Problems, "for example {min-max: fmnist.train, first: 512}");
        var first = map.Optional("first", n => ReadPart.Limit(n, lookup.Problems), null);
        var examples = map.Required(
            "min-max", "examples, for example fmnist.train",
            n => n is SpecScalar reference
                ? ReadData.Split(reference.Text, reference.Place, first, ["train", "validation"], lookup).Examples
                : ReadData.Examples(n, ["train", "validation"], lookup).Examples,
            new ExamplesSpec("", "train", null));
        map.Done("calibrate");
        return examples;
    }
}
