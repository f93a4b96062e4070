namespace Ledger.Domain.Experiments;

/// <summary>The settings of attacks that seek the nearest misclassified point, and of random noise.</summary>
internal static class ReadMinimumNorm
{
    public static readonly IReadOnlyList<string> Words = ["fab", "fab-t", "deepfool", "noise"];

    private const int MostSteps = 100_000;

    /// <summary>Null for any other word.</summary>
    public static AttackSpec? Of(string? word, ReadMap map, SpecProblems problems) => word switch
    {
        "fab" => new Fab(Settings(map, problems)),
        "fab-t" => new TargetedFab(Settings(map, problems), map.Optional("targets", n => ReadScalar.Count(n, 1, 1000, problems), 9)),
        "deepfool" => new DeepFool(
            map.Optional("steps", n => ReadScalar.Count(n, 1, MostSteps, problems), 50), Overshoot(map, problems), Classes(map, problems)),
        "noise" => new RandomNoise(map.Required("draws", "a number of random perturbations", n => ReadScalar.Count(n, 1, 1_000_000, problems), 1)),
        _ => null,
    };

    public static double Overshoot(ReadMap map, SpecProblems problems) =>
        map.Optional("overshoot", n => ReadScalar.Number(n, Range.Above(0, 10), problems), 0.02);

    public static int Classes(ReadMap map, SpecProblems problems) => map.Optional("classes", n => ReadScalar.Count(n, 2, 100_000, problems), 10);

    private static FabSettings Settings(ReadMap map, SpecProblems problems) => new(
        map.Optional("steps", n => ReadScalar.Count(n, 1, MostSteps, problems), 100),
        map.Optional("alpha-max", n => ReadScalar.Number(n, new Range(0, 1), problems), 0.1),
        map.Optional("eta", n => ReadScalar.Number(n, new Range(1, 10), problems), 1.05),
        map.Optional("beta", n => ReadScalar.Number(n, Range.Fraction, problems), 0.9),
        map.Optional("restarts", n => ReadScalar.Count(n, 1, 10_000, problems), 1),
        map.Optional("goal", n => Goal(n, problems), null));

    /// <summary>The threat is not written down, so that both ways of asking for it are one attack.</summary>
    private static MinimumNormGoal? Goal(SpecNode node, SpecProblems problems) =>
        ReadScalar.Word(node, ["threat", "distance"], problems) == "distance" ? MinimumNormGoal.Distance : null;
}
