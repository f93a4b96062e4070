using System.Text;
using System.Text.Json;

namespace Ledger.Domain.Evidence;

/// <summary>One place where two values part.</summary>
/// <param name="Path">Members joined by dots, items as <c>[0]</c>; empty for the whole value.</param>
/// <param name="Mine">Canonical JSON, or null where this side has nothing.</param>
/// <param name="Theirs">Canonical JSON, or null where the other side has nothing.</param>
public sealed record Difference(string Path, string? Mine, string? Theirs)
{
    /// <summary>
    /// The leaves that differ, compared as canonical JSON (so that 1 and 1.0 are equal), in the order of member names
    /// and then of items. A list that grew shows the items added at its end.
    /// </summary>
    public static IReadOnlyList<Difference> Between<T>(T mine, T theirs) =>
        [.. Between("", CanonicalJson.Element(mine), CanonicalJson.Element(theirs))];

    private static IEnumerable<Difference> Between(string path, JsonElement? mine, JsonElement? theirs)
    {
        string? a = Text(mine), b = Text(theirs);
        if (a == b)
            return [];
        return (mine?.ValueKind, theirs?.ValueKind) switch
        {
            (JsonValueKind.Object, JsonValueKind.Object) => Members(path, mine!.Value, theirs!.Value),
            (JsonValueKind.Array, JsonValueKind.Array) => Items(path, mine!.Value, theirs!.Value),
            _ => [new Difference(path, a, b)],
        };
    }

    private static IEnumerable<Difference> Members(string path, JsonElement mine, JsonElement theirs) =>
        mine.EnumerateObject().Concat(theirs.EnumerateObject()).Select(member => member.Name)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .SelectMany(name => Between(path.Length == 0 ? name : $"{path}.{name}", Member(mine, name), Member(theirs, name)));

    private static IEnumerable<Difference> Items(string path, JsonElement mine, JsonElement theirs) =>
        Enumerable.Range(0, Math.Max(mine.GetArrayLength(), theirs.GetArrayLength()))
            .SelectMany(i => Between($"{path}[{i}]", Item(mine, i), Item(theirs, i)));

    private static JsonElement? Member(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement member) ? member : null;

    private static JsonElement? Item(JsonElement value, int index) =>
        index < value.GetArrayLength() ? value[index] : null;

    private static string? Text(JsonElement? value) =>
        value is { } present ? Encoding.UTF8.GetString(CanonicalJson.Bytes(present)) : null;
}
