namespace Ledger.Domain.Experiments;

/// <summary>The settings of <c>attack: pgd</c>.</summary>
internal static class ReadPgd
{
    private static readonly string[] Losses = ["ce", "kl", "margin", "dlr"];

    private static readonly string[] Starts = ["random", "zero", "sphere"];

    public static Pgd Of(ReadMap map, Threat threat, SpecProblems problems)
    {
        int steps = map.Required("steps", "a whole number from 1", n => ReadScalar.Count(n, 1, 100_000, problems), 1);
        var size = map.Optional("step-size", n => Size(n, threat, steps, problems), StepSize.Parse("2.5*eps/steps"));
        var (start, deviation) = map.Optional("start", n => Begin(n, problems), (Start.Random, null));
        int restarts = map.Optional("restarts", n => Restarts(n, start, problems), 1);
        return new Pgd(steps, size, start, restarts, map.Optional("loss", n => Loss(n, start, problems), null), deviation);
    }

    private static StepSize Size(SpecNode node, Threat threat, int steps, SpecProblems problems)
    {
        if (node is SpecScalar scalar && StepSize.TryParse(scalar.Text, out var size)
            && size.Resolve(threat.Eps, steps) is > 0 and <= 1000)
            return size;
        problems.Add(node, "a step size above 0: a number, eps/4 or 2.5*eps/steps");
        return StepSize.Parse("1");
    }

    private static (Start Start, double? Deviation) Begin(SpecNode node, SpecProblems problems)
    {
        if (node is SpecMap { Entries: [{ Name: "normal", Value: var deviation }] })
            return (Start.Normal, ReadScalar.Number(deviation, Range.Above(0, 100), problems));
        if (node is not SpecScalar { Text: not "normal" })
            problems.Add(node, $"one of: {string.Join(", ", Starts)}, or {{normal: 0.001}}");
        else if (ReadScalar.Word(node, Starts, problems) is { } word)
            return (word switch { "zero" => Start.Zero, "sphere" => Start.Sphere, _ => Start.Random }, null);
        return (Start.Random, null);
    }

    private static int Restarts(SpecNode node, Start start, SpecProblems problems)
    {
        int restarts = ReadScalar.Count(node, 1, 10_000, problems);
        if (restarts > 1 && start == Start.Zero)
            problems.Add(node, "1 with start: zero, which finds the same every time");
        return restarts;
    }

    /// <summary>Cross-entropy is not written down, so that what was planned before there were others keeps its digest.</summary>
    private static AttackLoss? Loss(SpecNode node, Start start, SpecProblems problems)
    {
        string? word = ReadScalar.Word(node, Losses, problems);
        if (word == "kl" && start == Start.Zero)
            problems.Add(node, "another loss with start: zero, where the divergence from the example is flat", "start: {normal: 0.001}");
        return word switch { "kl" => AttackLoss.Kl, "margin" => AttackLoss.Margin, "dlr" => AttackLoss.Dlr, _ => null };
    }
}
