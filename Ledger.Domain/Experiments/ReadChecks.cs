using System.Text.Json.Nodes;

namespace Ledger.Domain.Experiments;

/// <summary>
/// The section <c>checks</c>: claims declared before the results. Registered as they stand, every scalar as text; what
/// they mean is decided by what judges them.
/// </summary>
internal static class ReadChecks
{
    private const int Deepest = 12;

    public static JsonNode Of(SpecNode? section, SpecProblems problems)
    {
        var checks = new JsonObject();
        foreach (var (name, node) in Names.Of(section, "named checks", problems))
        {
            if (node is SpecMap { Entries.Count: > 0 })
                checks.Add(name, Json(node, 1, problems));
            else
                problems.Add(node, "a map that says what is claimed");
        }

        return checks;
    }

    private static JsonNode? Json(SpecNode node, int depth, SpecProblems problems)
    {
        if (depth > Deepest)
            problems.Add(node.Place, "a check nested too deep", $"at most {Deepest} levels");
        if (depth > Deepest)
            return null;
        return node switch
        {
            SpecMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Name, Json(entry.Value, depth + 1, problems)))),
            SpecList list => new JsonArray([.. list.Items.Select(item => Json(item, depth + 1, problems))]),
            SpecScalar scalar => scalar.Text,
            _ => null,
        };
    }
}
