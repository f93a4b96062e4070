namespace Ledger.Domain.Experiments;

/// <summary>One entry of <c>recipes</c>: optimizer, schedule, batch and epochs, and what else there is to fitting weights.</summary>
internal static class ReadRecipe
{
    public static Recipe Definition(SpecNode node, Lookup lookup)
    {
        var problems = lookup.Problems;
        var map = new ReadMap(node, problems, "a recipe, for example {optimizer: {adam: {lr: 1e-3}}, batch: 128, epochs: 5}");
        var optimizer = map.Required("optimizer", "for example {adam: {lr: 1e-3}}", n => ReadOptimizer.Of(n, problems), new Adam(1));
        int batch = map.Required("batch", "examples per step", n => ReadScalar.Count(n, 1, 1_000_000, problems), 1);
        int epochs = map.Required("epochs", "passes over the training examples", n => ReadScalar.Count(n, 1, 100_000, problems), int.MaxValue);
        var schedule = map.Optional("schedule", n => ReadSchedule.Of(n, epochs, problems), new Constant());
        var recipe = new Recipe(
            optimizer, schedule, batch, epochs,
            map.Optional("loss", n => Loss(n, lookup), null),
            map.Optional("keep", n => Keep(n, problems), null),
            map.Optional("stop", n => IsNone(n) ? null : Stop(n, epochs, problems), null),
            map.Optional("ema", n => IsNone(n) ? (double?)null : ReadScalar.Number(n, Range.Fraction, problems), null),
            map.Optional("renormalize", n => IsNone(n) ? null : Renormalize(n, problems), null),
            map.Optional("decay", n => ReadScalar.Word(n, ["all", "weights"], problems) == "weights" ? DecayScope.Weights : (DecayScope?)null, null),
            map.Optional("clip-gradient", n => IsNone(n) ? (double?)null : ReadScalar.Number(n, Range.Above(0, 1e6), problems), null));
        map.Optional("like");
        map.Done("a recipe");
        if (recipe is { Ema: not null, Renormalize: not null })
            problems.Add(map.Place, "ema beside renormalize", "one of them: an average of weights of one norm has another");
        return recipe;
    }

    /// <summary>What a recipe made <c>like</c> another says to leave something out.</summary>
    private static bool IsNone(SpecNode node) => node is SpecScalar { Text: "none" };

    private static Trades? Loss(SpecNode node, Lookup lookup)
    {
        var (name, settings) = Choice.Of(node, ["cross-entropy", "trades"], "a loss, for example {trades: {beta: 6, adversary: train}}", lookup.Problems);
        if (name is null)
            return null;
        var loss = name == "trades"
            ? new Trades(
                settings.Required("beta", "weight of the divergence, for example 6", n => ReadScalar.Number(n, Range.Above(0, 1e6), lookup.Problems), 1),
                settings.Required("adversary", "a name in adversaries", n => Divergence(n, lookup), null!))
            : null;
        settings.Done(name);
        return loss;
    }

    private static Adversary Divergence(SpecNode node, Lookup lookup)
    {
        var adversary = node is SpecScalar name
            ? ReadAdversary.Definition(name.Text, lookup.Find("adversaries", name.Text, name.Place), lookup)
            : ReadAdversary.Definition("trades", node, lookup);
        if (adversary.Attack is not Pgd { Loss: AttackLoss.Kl })
            lookup.Problems.Add(node, "an adversary with attack: pgd, loss: kl, whose start is not zero");
        return adversary;
    }

    private static ValidationFigure? Keep(SpecNode node, SpecProblems problems) =>
        ReadScalar.Word(node, ["last", "best-validation-loss", "best-validation-accuracy"], problems) switch
        {
            "best-validation-loss" => ValidationFigure.Loss,
            "best-validation-accuracy" => ValidationFigure.Accuracy,
            _ => null,
        };

    private static EarlyStop Stop(SpecNode node, int epochs, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "an early stop, for example {patience: 10}, or none");
        var stop = new EarlyStop(
            map.Required("patience", "epochs without a new best", n => ReadScalar.Count(n, 1, 100_000, problems), 1),
            map.Optional("on", n => ReadScalar.Word(n, ["validation-loss", "validation-accuracy"], problems), "validation-loss") == "validation-accuracy"
                ? ValidationFigure.Accuracy
                : ValidationFigure.Loss,
            map.Optional("not-before", n => ReadScalar.Count(n, 1, epochs, problems), 0));
        map.Done("stop");
        return stop;
    }

    private static Renormalization Renormalize(SpecNode node, SpecProblems problems)
    {
        var map = new ReadMap(node, problems, "for example {norm: frobenius, to: initial, layers: hidden}, or none");
        map.Required("norm", "frobenius", n => ReadScalar.Word(n, ["frobenius"], problems), "frobenius");
        var renormalization = new Renormalization(
            map.Optional("to", n => n is SpecScalar { Text: "initial" } ? (double?)null : ReadScalar.Number(n, Range.Above(0, 1e6), problems), null),
            map.Optional("scale", n => ReadScalar.Number(n, Range.Above(0, 1e6), problems), 1),
            map.Optional("layers", n => ReadLayers.Of(n, problems), ["hidden"]));
        map.Done("renormalize");
        return renormalization;
    }
}

/// <summary><c>hidden</c>, <c>head</c>, <c>all</c>, the id of a layer, or a list of them. Which ids there are is known when the network is built.</summary>
internal static class ReadLayers
{
    private const string Expected = "hidden, head, all, or names of layers, for example [conv2, fc1]";

    public static string[] Of(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar)
            return [ReadScalar.Text(node, problems, Expected)];
        if (node is SpecList { Items.Count: >= 1 and <= 1000 } list)
            return [.. list.Items.Select(item => ReadScalar.Text(item, problems, Expected))];
        problems.Add(node, Expected);
        return [];
    }
}
