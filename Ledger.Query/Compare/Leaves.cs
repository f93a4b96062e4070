using System.Text;
using System.Text.Json;
using Ledger.Domain.Evidence;

namespace Ledger.Query.Compare;

/// <summary>A JSON value as the paths of its leaves. Lists of plain values are leaves, as they are one setting.</summary>
internal static class Leaves
{
    public static IEnumerable<(string Path, string Text, double? Number)> Of(string path, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object when value.EnumerateObject().Any() => value.EnumerateObject().SelectMany(member => Of($"{path}{Step(member.Name)}", member.Value)),
        JsonValueKind.Array when value.EnumerateArray().Any(IsNested) => value.EnumerateArray().SelectMany((item, at) => Of($"{path}[{at}]", item)),
        JsonValueKind.Null => [],
        JsonValueKind.String => [(path, value.GetString()!, null)],
        JsonValueKind.Number => [(path, value.GetRawText(), value.GetDouble())],
        _ => [(path, Encoding.UTF8.GetString(CanonicalJson.Bytes(value)), null)],
    };

    // So that no two leaves have one path.
    private static string Step(string name) => name.AsSpan().ContainsAny('.', '[', '"') ? $"[{JsonSerializer.Serialize(name)}]" : $".{name}";

    private static bool IsNested(JsonElement item) => item.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
}
