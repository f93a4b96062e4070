namespace Ledger.Domain.Experiments;

/// <summary><c>{sgd: {lr, momentum, nesterov, weight-decay}}</c>, or adam or adamw with their settings.</summary>
internal static class ReadOptimizer
{
    public static OptimizerSpec Of(SpecNode node, SpecProblems problems)
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
