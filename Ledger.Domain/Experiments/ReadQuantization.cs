using Ledger.Domain.Models;

namespace Ledger.Domain.Experiments;

/// <summary>The settings of <c>ptq</c> and <c>qat</c>.</summary>
internal static class ReadQuantization
{
    private const int DefaultGrid = 32;
    private const double DefaultEma = 0.99;

    public static CompressionSpec Of(ReadMap map, string method, Lookup lookup)
    {
        var problems = lookup.Problems;
        int bits = map.Required("bits", "a whole number from 2 to 16", n => ReadScalar.Count(n, 2, 16, problems), 8);
        var weights = map.Optional("weights", n => ReadScalar.Word(n, ["per-channel", "per-tensor"], problems), "per-channel") == "per-tensor"
            ? Granularity.PerTensor
            : Granularity.PerChannel;
        int? activations = map.Optional("activations", n => ReadScalar.Word(n, ["per-tensor", "none"], problems), "per-tensor") == "none" ? null : bits;
        ActivationScheme? scheme = map.Optional("scheme", n => ReadScalar.Word(n, ["affine", "nni"], problems), "affine") == "nni" ? ActivationScheme.Nni : null;
        var (examples, rule) = map.Required(
            "calibrate", "for example {min-max: fmnist.train, first: 512}", n => Calibration(n, lookup), (new ExamplesSpec("", "train", null), null));
        if (method == "ptq")
            return new PostTrainingQuantization(bits, weights, activations, examples, rule, scheme);
        var gradient = map.Optional("gradient", n => ReadScalar.Word(n, ["clipped", "identity"], problems), "clipped") == "identity"
            ? StraightThrough.Identity
            : StraightThrough.Clipped;
        return new QuantizationAware(bits, weights, activations, examples, gradient, map.Optional("ranges", n => Ema(n, problems), DefaultEma), rule, scheme);
    }

    /// <summary>Null where ranges stay as calibrated.</summary>
    private static double? Ema(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text: "frozen" })
            return null;
        if (node is SpecMap { Entries: [{ Name: "ema" } only] })
            return ReadScalar.Number(only.Value, new Range(0, 1, HighOpen: true), problems);
        problems.Add(node, "frozen, or {ema: 0.99}");
        return null;
    }

    /// <summary>Never test examples: ranges taken from them would leak into what is tested.</summary>
    private static (ExamplesSpec Examples, RangeRule? Rule) Calibration(SpecNode node, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "for example {min-max: fmnist.train, first: 512}");
        var first = map.Optional("first", n => ReadPart.Limit(n, problems), null);
        RangeRule? rule = null;
        string examples = "min-max";
        if (map.Has("percentile"))
            (rule, examples) = (new Percentile(map.Optional("percentile", n => ReadScalar.Exact(n, new Range(0, 100, LowOpen: true, HighOpen: true), problems), default)), "of");
        else if (map.Has("mse"))
            (rule, examples) = (new SquaredError(map.Optional("grid", n => ReadScalar.Count(n, 2, 1000, problems), DefaultGrid)), "mse");
        if (first is not null && node is SpecMap written && written[examples] is SpecMap { } inner)
            problems.Add(inner.Place, "first beside examples that say themselves how many", "one of the two");
        var spec = map.Required(examples, "examples, for example fmnist.train", n => Split(n, first, lookup), new ExamplesSpec("", "train", null));
        map.Done($"calibrate by {(rule is Percentile ? "percentile" : examples)}");
        return (spec, rule);
    }

    private static ExamplesSpec Split(SpecNode node, int? first, Lookup lookup) => node is SpecScalar reference
        ? ReadData.Split(reference.Text, reference.Place, first, ["train", "validation"], lookup).Examples
        : ReadData.Examples(node, ["train", "validation"], lookup).Examples;
}
