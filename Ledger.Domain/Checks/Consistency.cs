namespace Ledger.Domain.Checks;

/// <summary>Results that cannot all be right, or not all of attacks that were strong enough.</summary>
/// <param name="Where">The network and attacks.</param>
/// <param name="Value">How far it goes: a fraction of examples.</param>
public sealed record Finding(string Code, string Where, string Found, double Value);

/// <summary>
/// Suspicions that need two results to see (Carlini et al., "On evaluating adversarial robustness", 2019), looked for without being claimed.
/// No finding is good news only as far as these see.
/// </summary>
public static class Consistency
{
    /// <summary>Word of a row: yes where the network was trained against an adversary at some point.</summary>
    public const string Defended = "defended";

    /// <summary>Word of a row: no where perturbed pixels may leave [0, 1].</summary>
    public const string Clipped = "clipped";

    /// <summary>Robust accuracy may rise by so much with a larger ε before it is a finding: attacks begin at random.</summary>
    public const double Rise = 0.005;

    /// <summary>A share of examples broken by a weaker attack alone, as AutoAttack warns of it (Croce and Hein 2020).</summary>
    public const double Weaker = 0.002;

    /// <summary>A network never trained against an adversary keeps at most so much under attacks that others were defended against.</summary>
    public const double Undefended = 0.05;

    /// <summary>Attacks that a search with the gradient, for each example by itself, must not fall behind: code of the finding, attacks.</summary>
    private static readonly (string Code, string[] Attacks)[] Weak =
    [
        ("one-step-stronger", ["fgsm"]), ("blind-stronger", ["square", "noise", "transfer"]), ("universal-stronger", ["uap", "sgd-uap"]),
    ];

    public static IReadOnlyList<Finding> Of(CheckData data)
    {
        var attacks = data.Rows.Where(row => row.Attack is not null && row.At(Selection.Adversary) != Selection.WorstCase).ToList();
        var together = attacks.GroupBy(row => (row.Run, row.Network, row.ExamplesDigest, row.At("norm"), row.At("space"), row.At(Clipped))).ToList();
        return
        [
            .. attacks.SelectMany(row => AboveClean(row, data)),
            .. together.SelectMany(group => Rising([.. group])),
            .. together.SelectMany(group => Stronger([.. group], data)),
            .. Standing(attacks),
        ];
    }

    /// <summary>No example is right under attack that was wrong without.</summary>
    private static IEnumerable<Finding> AboveClean(CheckRow row, CheckData data)
    {
        double excess = (row["robust_accuracy"] ?? 0) - (row["clean_accuracy"] ?? 1);
        if (Results(row, data) is { Standing: { } standing } results && standing.Zip(results.Correct).Count(example => example is { First: true, Second: false }) is > 0 and var more)
            excess = Math.Max(excess, (double)more / standing.Count);
        if (excess > 0)
            yield return new Finding("robust-above-clean", Place(row), $"more is right under the attack than without it, by {Percent(excess)}", excess);
    }

    /// <summary>The same attack finds no less with a larger radius.</summary>
    private static IEnumerable<Finding> Rising(IReadOnlyList<CheckRow> group)
    {
        foreach (var curve in group.Where(row => row["eps"] is not null && row["robust_accuracy"] is not null).GroupBy(row => (row.At(Selection.Adversary), row.At("attack"))))
        {
            var ordered = curve.OrderBy(row => row["eps"]).ToList();
            foreach (var (before, after) in ordered.Zip(ordered.Skip(1)).Where(pair => pair.First["eps"] < pair.Second["eps"] && pair.Second["robust_accuracy"] - pair.First["robust_accuracy"] > Rise))
            {
                double rise = after["robust_accuracy"]!.Value - before["robust_accuracy"]!.Value;
                yield return new Finding("rises-with-eps", Place(after), $"robust accuracy is {Percent(rise)} above that at ε {Parts.Digits(before["eps"]!.Value)}", rise);
            }
        }
    }

    /// <summary>Under one threat, what one step or no gradient finds, many steps with the gradient find too.</summary>
    private static IEnumerable<Finding> Stronger(IReadOnlyList<CheckRow> group, CheckData data)
    {
        foreach (var threat in group.GroupBy(row => row["eps"]))
        {
            var white = threat.Where(row => Code(row) is null).ToList();
            if (white.Count == 0)
                continue;
            foreach (var weak in threat.Except(white))
            {
                var (found, what) = Alone(weak, white, data);
                if (found > Weaker)
                    yield return new Finding(Code(weak)!, Place(weak), $"{Percent(found)} of examples are broken by it {what}", found);
            }
        }
    }

    /// <summary>Examples that only the weaker attack broke; by accuracies where outcomes are not at hand.</summary>
    private static (double Share, string What) Alone(CheckRow weak, IReadOnlyList<CheckRow> white, CheckData data)
    {
        string names = string.Join(", ", white.Select(row => row.At(Selection.Adversary)));
        var standing = white.Select(row => Results(row, data)?.Standing).ToList();
        if (Results(weak, data)?.Standing is { Count: > 0 } broken && standing.All(other => other?.Count == broken.Count))
            return (broken.Index().Count(example => !example.Item && standing.All(other => other![example.Index])) / (double)broken.Count, $"and not by {names}");
        return (white.Min(row => row["robust_accuracy"] ?? 0) - (weak["robust_accuracy"] ?? 1), $"beyond {names}");
    }

    /// <summary>
    /// Attacks that networks were defended against must break one that was not, at the largest radius it was attacked with in a norm: that much
    /// stands under a smaller one says nothing of the attack.
    /// </summary>
    private static IEnumerable<Finding> Standing(IReadOnlyList<CheckRow> attacks)
    {
        var gradient = attacks.Where(row => Code(row) is null).ToList();
        var against = gradient.Where(row => row.At(Defended) == "yes").Select(row => row.At(Selection.Adversary)).ToHashSet(StringComparer.Ordinal);
        foreach (var network in gradient.Where(row => row.At(Defended) == "no").GroupBy(row => (row.Run, row.Network, row.At("norm"), row.At("space"))))
        {
            var left = network.GroupBy(row => row["eps"]).MaxBy(radius => radius.Key)!.MinBy(row => row["robust_accuracy"])!;
            if (against.Contains(left.At(Selection.Adversary)) && left["robust_accuracy"] is > Undefended and { } share)
                yield return new Finding("undefended-stands", Place(left), $"{Percent(share)} stand although nothing defends the network", share);
        }
    }

    private static string? Code(CheckRow row) => Weak.FirstOrDefault(weak => weak.Attacks.Contains(row.At("attack"))).Code;

    private static ExampleResults? Results(CheckRow row, CheckData data) => row.OutcomesDigest is { } digest ? data.Outcomes.GetValueOrDefault(digest) : null;

    private static string Place(CheckRow row) =>
        $"{(row.Point.Count == 0 ? "" : $"{row.PointText}, ")}seed {row.Seed}, {row.Network} under {row.At(Selection.Adversary)}{(row["eps"] is { } eps ? $" at ε {Parts.Digits(eps)}" : "")}{(row.At(Clipped) == "no" ? ", not clipped" : "")}";

    private static string Percent(double share) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * share:0.##} %");
}
