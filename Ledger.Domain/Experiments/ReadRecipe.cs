namespace Ledger.Domain.Experiments;

/// <summary>One entry of <c>recipes</c>: optimizer, schedule, batch and epochs.</summary>
internal static class ReadRecipe
{
    public static Recipe Definition(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "a recipe, for example {optimizer: {adam: {lr: 1e-3}}, batch: 128, epochs: 5}");
        var optimizer = map.Required("optimizer", "for example {adam: {lr: 1e-3}}", n => Optimizer(n, problems), new Adam(1));
        int batch = map.Required("batch", "examples per step", n => ReadScalar.Count(n, 1, 1_000_000, problems), 1);
        int epochs = map.Required("epochs", "passes over the training examples", n => ReadScalar.Count(n, 1, 100_000, problems), int.MaxValue);
        var schedule = map.Optional("schedule", n => ReadSchedule.Of(n, epochs, problems), new Constant());
        map.Optional("like");
        map.Done("a recipe");
        return new Recipe(optimizer, schedule, batch, epochs);
    }

    private static OptimizerSpec Optimizer(SpecNode node, SpecProblems problems)
    {
        var (name, settings) = Choice.Of(node, ["sgd", "adam", "adamw"], "an optimizer, for example {adam: {lr: 1e-3}}", problems);
        if (name is null)
            return new Adam(1);
        double Setting(string key, Range range, double otherwise) => settings.Optional(key, n => ReadScalar.Number(n, range, problems), otherwise);
        double lr = settings.Required("lr", "the learning rate, for example 1e-3", n => ReadScalar.Number(n, Range.Above(0, 1000), problems), 1);
        double decay = Setting("weight-decay", new Range(0, 1000), name == "adamw" ? 0.01 : 0);
        OptimizerSpec optimizer;
        if (name == "sgd")
        {
            double momentum = Setting("momentum", new Range(0, 1, HighOpen: true), 0);
            optimizer = new Sgd(lr, momentum, settings.Optional("nesterov", n => Nesterov(n, momentum, problems), false), decay);
        }
        else
        {
            double[] betas = settings.Optional("betas", n => Betas(n, problems), [0.9, 0.999]);
            double eps = Setting("eps", Range.Above(0, 1), 1e-8);
            optimizer = name == "adam" ? new Adam(lr, betas[0], betas[1], eps, decay) : new AdamW(lr, betas[0], betas[1], eps, decay);
        }

        settings.Done(name);
        return optimizer;
    }

    private static bool Nesterov(SpecNode node, double momentum, SpecProblems problems)
    {
        bool nesterov = ReadScalar.Boolean(node, problems);
        if (nesterov && momentum == 0)
            problems.Add(node, "a momentum above 0 beside nesterov");
        return nesterov;
    }

    private static double[] Betas(SpecNode node, SpecProblems problems)
    {
        if (node is SpecList { Items.Count: 2 } list)
            return [.. list.Items.Select(item => ReadScalar.Number(item, new Range(0, 1, HighOpen: true), problems))];
        problems.Add(node, "two numbers, for example [0.9, 0.999]");
        return [0, 0];
    }
}

/// <summary>A word, or a map of one word to its settings: <c>cosine</c>, <c>{adam: {lr: 1e-3}}</c>.</summary>
internal static class Choice
{
    /// <returns>A null name after a problem.</returns>
    public static (string? Name, ReadMap Settings) Of(SpecNode node, IReadOnlyList<string> names, string expected, SpecProblems problems)
    {
        var (name, place, settings) = node switch
        {
            SpecScalar { Text.Length: > 0 } scalar => (scalar.Text, scalar.Place, new SpecMap(scalar.Place, [])),
            SpecMap { Entries: [var only] } => (only.Name, only.Key, only.Value),
            _ => (null, node.Place, (SpecNode)new SpecMap(node.Place, [])),
        };
        if (name is null)
            problems.Add(node, expected);
        else if (!names.Contains(name))
            problems.AddUnknown(place, name, names, "one of");
        else
            return (name, new ReadMap(settings, problems, $"a map of the settings of {name}"));
        return (null, new ReadMap(new SpecMap(place, []), problems, expected));
    }
}
