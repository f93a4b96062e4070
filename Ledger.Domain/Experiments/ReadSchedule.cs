namespace Ledger.Domain.Experiments;

/// <summary>
/// <c>constant</c>, <c>cosine</c>, <c>linear</c>, <c>{linear: {from, to}}</c>, <c>{step: {every, gamma}}</c>, <c>{multistep: {at, gamma}}</c>, and
/// mixtures of them: <c>{sequence: [{for: 5, schedule: cosine}, {schedule: constant}]}</c>, <c>{warmup: {epochs: 5, then: cosine}}</c>.
/// </summary>
internal static class ReadSchedule
{
    private const string Example = "a schedule, for example cosine or {multistep: {at: [50%, 75%], gamma: 0.1}}";

    private static readonly string[] Names = ["constant", "cosine", "step", "multistep", "linear", "sequence", "warmup"];

    private static readonly Range Factors = new(0, 1000);

    /// <param name="epochs">The schedule is in force for; percentages are taken of them.</param>
    public static ScheduleSpec Of(SpecNode node, int epochs, SpecProblems problems)
    {
        if (node is SpecMap { Entries: [{ Name: "sequence" } sequence] })
            return Sequence(sequence.Value, epochs, problems);
        var (name, settings) = Choice.Of(node, Names, Example, problems);
        double Gamma() => settings.Required("gamma", "the factor, for example 0.1", n => ReadScalar.Number(n, Range.Above(0, 10), problems), 1);
        double Factor(string key, double otherwise) => settings.Optional(key, n => ReadScalar.Number(n, Factors, problems), otherwise);
        ScheduleSpec schedule = name switch
        {
            "cosine" => new Cosine(),
            "step" => new StepDecay(settings.Required("every", "a number of epochs", n => ReadScalar.Count(n, 1, 100_000, problems), 1), Gamma()),
            "multistep" => new MultiStep(settings.Required("at", "epochs or percentages", n => Milestones(n, epochs, problems), []), Gamma()),
            "linear" => new LinearRamp(Factor("from", 1), Factor("to", 0)),
            "warmup" => Warmup(settings, Factor("from", 0), epochs, problems),
            _ => new Constant(),
        };
        if (name == "sequence")
            problems.Add(node, "{sequence: [{for: 5, schedule: ...}, {schedule: ...}]}");
        else if (name is not null)
            settings.Done(name);
        return schedule;
    }

    /// <summary>An epoch within a training, or its share of the epochs rounded to the nearest, halves up.</summary>
    public static int Epoch(SpecNode node, int epochs, SpecProblems problems)
    {
        if (epochs < 2)
        {
            problems.Add(node, "a training of two epochs or more: one has no epoch within");
            return 1;
        }

        if (node is SpecScalar { Text: [.. var number, '%'] } && Exact.TryParse(number, out var percent) && percent.Value is > 0 and < 100)
        {
            int at = (int)Math.Floor((percent.Value * epochs / 100) + 0.5);
            if (at < 1 || at >= epochs)
                problems.Add(node, $"a share of {epochs} epochs that falls within them, not on epoch {at}");
            return at;
        }

        return ReadScalar.Count(node, 1, epochs - 1, problems);
    }

    private static int[] Milestones(SpecNode node, int epochs, SpecProblems problems)
    {
        if (node is not SpecList { Items.Count: >= 1 and <= 1000 } list)
        {
            problems.Add(node, "a list of epochs or percentages, for example [50%, 75%]");
            return [];
        }

        var at = list.Items.Select(item => Epoch(item, epochs, problems)).ToArray();
        for (int i = 1; i < at.Length; i++)
        {
            if (at[i] <= at[i - 1])
                problems.Add(list.Items[i], $"an epoch after the {at[i - 1]} before it");
        }

        return at;
    }

    /// <summary>A straight line from a fraction of the rate up to it, and then another schedule for the epochs left.</summary>
    private static ScheduleSequence Warmup(ReadMap settings, double from, int epochs, SpecProblems problems)
    {
        int up = settings.Required("epochs", "epochs until the full rate, for example 5", n => Epoch(n, epochs, problems), 1);
        int left = Math.Max(1, epochs - up);
        var then = settings.Optional("then", n => Of(n, left, problems), new Constant());
        return new ScheduleSequence([new(up, new LinearRamp(from, 1)), new(left, then)]);
    }

    private static ScheduleSequence Sequence(SpecNode node, int epochs, SpecProblems problems)
    {
        if (node is not SpecList { Items.Count: >= 2 and <= 1000 } list)
        {
            problems.Add(node, "a list of two or more, for example [{for: 5, schedule: {linear: {from: 0, to: 1}}}, {schedule: cosine}]");
            return new ScheduleSequence([]);
        }

        var parts = new List<SchedulePart>();
        foreach (var item in list.Items)
            parts.Add(Part(item, item == list.Items[^1], epochs, parts.Sum(part => part.Epochs), problems));
        return new ScheduleSequence([.. parts]);
    }

    private static SchedulePart Part(SpecNode node, bool last, int epochs, int before, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "one part of a sequence, for example {for: 5, schedule: cosine}");
        int length = last ? epochs - before : map.Required("for", "a number of epochs, or a percentage", n => Epoch(n, epochs, problems), 1);
        if (before + length > epochs || length < 1)
            problems.Add(node, $"parts that leave an epoch for each within {epochs}");
        var schedule = map.Required("schedule", Example, n => Of(n, Math.Max(1, length), problems), new Constant());
        map.Done(last ? "the last part of a sequence, which goes on to the end" : "a part of a sequence");
        return new SchedulePart(length, schedule);
    }
}
