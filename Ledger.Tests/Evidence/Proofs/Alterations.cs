using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>A JSON file with one thing altered, in every way in turn: each value changed, each member and item left out.</summary>
internal static class Alterations
{
    public static IEnumerable<(string Place, string Text)> Of(string json)
    {
        var root = JsonNode.Parse(json)!;
        foreach (var node in All(root).ToList())
        {
            string place = node.GetPath();
            switch (node.Parent)
            {
                case JsonObject parent:
                    string name = node.GetPropertyName();
                    int at = parent.IndexOf(name);
                    parent.Remove(name);
                    yield return ($"without {place}", root.ToJsonString());
                    parent.Insert(at, name, node);
                    break;
                case JsonArray parent:
                    int index = node.GetElementIndex();
                    parent.RemoveAt(index);
                    yield return ($"without {place}", root.ToJsonString());
                    parent.Insert(index, node);
                    break;
            }

            if (node is JsonValue value)
            {
                var other = Other(value);
                node.ReplaceWith(other);
                yield return (place, root.ToJsonString());
                other.ReplaceWith(node);
            }

            foreach (string name in node is JsonObject all ? all.Where(member => member.Value is null).Select(member => member.Key).ToList() : [])
            {
                node[name] = "x";
                yield return ($"{place}.{name}", root.ToJsonString());
                node[name] = null;
            }
        }
    }

    private static JsonNode Other(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.Number => JsonValue.Create(value.GetValue<double>() + 1),
        JsonValueKind.True => JsonValue.Create(false),
        JsonValueKind.False => JsonValue.Create(true),
        _ => JsonValue.Create(Changed(value.GetValue<string>())),
    };

    private static string Changed(string text) => text.Length == 0 ? "x" : text[..^1] + (char.IsAsciiLetterOrDigit(text[^1]) ? text[^1] == '0' ? '1' : '0' : '0');

    private static IEnumerable<JsonNode> All(JsonNode node) => (node switch
    {
        JsonObject members => members.Select(member => member.Value),
        JsonArray items => items,
        _ => [],
    }).OfType<JsonNode>().SelectMany(All).Prepend(node);
}
