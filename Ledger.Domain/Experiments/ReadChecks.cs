using System.Text;
using System.Text.Json.Nodes;
using Ledger.Domain.Checks;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Experiments;

/// <summary>A check with where it stands in the file.</summary>
internal sealed record WrittenCheck(string Name, SpecNode Node, Check Check);

/// <summary>The section <c>checks</c>: claims declared before the results, each read into one of a closed set of kinds.</summary>
internal static class ReadChecks
{
    private static readonly Range Levels = new(0.5, 1, LowOpen: true, HighOpen: true);

    public static IReadOnlyList<WrittenCheck> Of(SpecNode? section, CheckNames names, SpecProblems problems)
    {
        var checks = new List<WrittenCheck>();
        foreach (var (name, node) in Names.Of(section, "named checks", problems))
        {
            int before = problems.Count;
            var check = One(names.References.Resolve(node, MatrixPoint.None), null, names, problems);
            if (check is not null && problems.Count == before)
                checks.Add(new WrittenCheck(name, node, check));
        }

        return checks;
    }

    /// <summary>Reports claims about what no step will give, or about several rows at once.</summary>
    public static void MustBeTestable(
        IReadOnlyList<WrittenCheck> checks, IEnumerable<(IReadOnlyDictionary<string, string> Point, IReadOnlyList<PlannedStep> Steps)> points, SpecProblems problems)
    {
        if (checks.Count == 0)
            return;
        // One seed stands for all: each has the same steps.
        var planned = PlannedRows.Of(points, [0]);
        foreach (var check in checks)
        {
            if (Judge.Fault(check.Check, planned) is { } fault)
                problems.Add(check.Node.Place, fault, "a claim that the steps give results for");
        }
    }

    public static JsonNode Json(IReadOnlyList<WrittenCheck> checks) => new JsonObject(
        checks.Select(check => KeyValuePair.Create(check.Name, JsonNode.Parse(Encoding.UTF8.GetString(CanonicalJson.Bytes(check.Check))))));

    /// <param name="parent">The check that this one is a further claim of; it has what is not said here.</param>
    /// <returns>Null after a problem with its kind.</returns>
    private static Check? One(SpecNode node, Check? parent, CheckNames names, SpecProblems problems)
    {
        string? verb = ClaimVerb.Of(node, problems);
        if (verb is null)
            return null;
        var map = new ReadMap(node, problems, "a claim");
        var read = new ReadClaim(map, names, problems);
        var where = ReadSelection.Both(parent?.Where, read.Where());
        var claim = read.Of(verb, where);
        bool byExample = PerExample.Judges(claim, where);
        var unit = map.Optional("unit", n => Unit(n, claim, byExample, problems), Default(claim, byExample));
        var (seeds, points) = AtLeast(map, unit, claim, problems);
        var check = new Check(
            claim, where, unit,
            map.Optional("level", n => ReadScalar.Number(n, Levels, problems), parent?.Level ?? 0.95),
            map.Optional("correction", n => Correction(n, problems), parent?.Correction ?? Checks.Correction.Holm),
            map.Optional("comparisons", n => ReadScalar.Count(n, 1, 100_000, problems), (int?)null),
            seeds, points);
        var and = map.Optional("and", n => Further(n, check, names, problems), null);
        map.Done($"a check of {verb}");
        return check with { And = and };
    }

    private static List<Check> Further(SpecNode node, Check parent, CheckNames names, SpecProblems problems) =>
        [.. (node is SpecList list ? list.Items : [node]).Select(item => One(item, parent, names, problems)).OfType<Check>()];

    private static CheckUnit Default(Claim claim, bool byExample) => claim switch
    {
        NonInferiorClaim or EquivalentClaim when byExample => CheckUnit.SeedAndExample,
        EveryRowClaim => CheckUnit.Run,
        _ => CheckUnit.Seed,
    };

    private static CheckUnit Unit(SpecNode node, Claim claim, bool byExample, SpecProblems problems)
    {
        string[] possible = claim switch
        {
            CorrelateClaim => ["seed", "run"],
            EveryRowClaim => ["run"],
            ValueClaim when byExample => ["seed", "example"],
            _ => byExample ? ["seed", "example", "seed-and-example"] : ["seed"],
        };
        return ReadScalar.Word(node, possible, problems) is { } word ? Enum.Parse<CheckUnit>(word.Replace("-", ""), ignoreCase: true) : CheckUnit.Seed;
    }

    /// <summary>Three seeds show a spread, barely; five points an order that chance seldom gives (1 in 120).</summary>
    private static (int Seeds, int Points) AtLeast(ReadMap map, CheckUnit unit, Claim claim, SpecProblems problems)
    {
        (int seeds, int points) = (unit is CheckUnit.Seed or CheckUnit.SeedAndExample ? 3 : 1, claim is TrendClaim or CorrelateClaim or SameOrderClaim ? 5 : 1);
        if (map.Optional("at-least") is not { } node)
            return (seeds, points);
        var least = new ReadMap(node, problems, "{seeds: 3} or {points: 6}");
        seeds = least.Optional("seeds", n => ReadScalar.Count(n, 1, 1000, problems), seeds);
        if (claim is TrendClaim or CorrelateClaim or SameOrderClaim)
            points = least.Optional("points", n => ReadScalar.Count(n, 2, 1000, problems), points);
        least.Done("at-least");
        return (seeds, points);
    }

    private static Correction Correction(SpecNode node, SpecProblems problems) =>
        ReadScalar.Word(node, ["holm", "bonferroni", "none"], problems) is { } word ? Enum.Parse<Correction>(word, ignoreCase: true) : Checks.Correction.Holm;
}

/// <summary>The key that says what is claimed.</summary>
internal static class ClaimVerb
{
    private static readonly string[] All =
        ["value", "compare", "noninferior", "equivalent", "ratio", "trend", "order", "same-order", "correlate", "every-row"];

    /// <returns>Null after a problem.</returns>
    public static string? Of(SpecNode node, SpecProblems problems)
    {
        if (node is not SpecMap map)
        {
            problems.Add(node, "a map that says what is claimed");
            return null;
        }

        var verbs = map.Entries.Where(entry => All.Contains(entry.Name)).ToList();
        if (verbs.Count == 1)
            return verbs[0].Name;
        if (verbs.Count > 1)
            problems.Add(verbs[1].Key, $"{verbs[0].Name} and {verbs[1].Name} in one check", "one of them a check, or below and");
        else if (map.Entries.FirstOrDefault(entry => Suggestions.Closest(entry.Name, All) is not null) is { } slip)
            problems.AddUnknown(slip.Key, $"unknown key {SpecScalar.Short(slip.Name)}", slip.Name, All, "a kind of claim");
        else
            problems.Add(map.Place, "a check that claims nothing", $"one of {string.Join(", ", All)}");
        return null;
    }
}
