namespace Ledger.Domain.Experiments;

/// <summary><c>constant</c>, <c>cosine</c>, <c>{step: {every, gamma}}</c> or <c>{multistep: {at, gamma}}</c>.</summary>
internal static class ReadSchedule
{
    private static readonly Range Gamma = Range.Above(0, 10);

    /// <param name="epochs">Of the recipe; percentages are taken of it.</param>
    public static ScheduleSpec Of(SpecNode node, int epochs, SpecProblems problems)
    {
        var (name, settings) = Choice.Of(
            node, ["constant", "cosine", "step", "multistep"], "a schedule, for example cosine or {multistep: {at: [50%, 75%], gamma: 0.1}}", problems);
        double Factor() => settings.Required("gamma", "the factor, for example 0.1", n => ReadScalar.Number(n, Gamma, problems), 1);
        ScheduleSpec schedule = name switch
        {
            "cosine" => new Cosine(),
            "step" => new StepDecay(settings.Required("every", "a number of epochs", n => ReadScalar.Count(n, 1, 100_000, problems), 1), Factor()),
            "multistep" => new MultiStep(settings.Required("at", "epochs or percentages", n => Milestones(n, epochs, problems), []), Factor()),
            _ => new Constant(),
        };
        if (name is not null)
            settings.Done(name);
        return schedule;
    }

    private static int[] Milestones(SpecNode node, int epochs, SpecProblems problems)
    {
        if (node is not SpecList { Items.Count: >= 1 and <= 1000 } list)
        {
            problems.Add(node, "a list of epochs or percentages, for example [50%, 75%]");
            return [];
        }

        var at = list.Items.Select(item => Milestone(item, epochs, problems)).ToArray();
        for (int i = 1; i < at.Length; i++)
        {
            if (at[i] <= at[i - 1])
                problems.Add(list.Items[i], $"an epoch after the {at[i - 1]} before it");
        }

        return at;
    }

    /// <summary>A percentage is rounded to the nearest whole epoch, halves up.</summary>
    private static int Milestone(SpecNode node, int epochs, SpecProblems problems)
    {
        if (node is SpecScalar { Text: [.. var number, '%'] } && Exact.TryParse(number, out var percent) && percent.Value is > 0 and < 100)
        {
            int at = (int)Math.Floor((percent.Value * epochs / 100) + 0.5);
            if (at < 1 || at >= epochs)
                problems.Add(node, $"a share of {epochs} epochs that falls within them, not on epoch {at}");
            return at;
        }

        return ReadScalar.Count(node, 1, Math.Max(1, epochs - 1), problems);
    }
}
