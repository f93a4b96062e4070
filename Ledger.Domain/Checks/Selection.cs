using System.Text.Json.Serialization;

namespace Ledger.Domain.Checks;

/// <summary>Which rows a claim is about. What is not named is not restricted.</summary>
/// <param name="Axes">Axis → labels, any of which will do; families are resolved to their labels.</param>
/// <param name="Words">Of <see cref="Named"/> → words. A step is a path or its first part.</param>
/// <param name="Columns">Column → bound.</param>
public sealed record Selection(
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Axes = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? Words = null,
    IReadOnlyDictionary<string, Bound>? Columns = null)
{
    public const string Step = "step";

    public const string Adversary = "adversary";

    public const string WorstCase = "worst-case";

    public static readonly Selection All = new();

    /// <summary>What can be selected by a word; all but <c>step</c> only attacks have.</summary>
    public static readonly IReadOnlyList<string> Named = [Step, Adversary, "norm", "space", "attack", "split"];

    /// <summary>Only rows of attacks can match.</summary>
    [JsonIgnore]
    public bool IsAboutAttacks => (Words?.Keys.Any(word => word != Step) ?? false) || (Columns?.ContainsKey("eps") ?? false);

    public bool Matches(CheckRow row) =>
        (Axes?.All(axis => row.Point.TryGetValue(axis.Key, out string? label) && axis.Value.Contains(label)) ?? true)
        && (Words?.All(word => Matches(word.Key, word.Value, row)) ?? true)
        && (Columns?.All(column => row.MayHold(column.Key, column.Value)) ?? true);

    /// <summary>Rows that match both.</summary>
    public static bool Both(Selection a, Selection b, CheckRow row) => a.Matches(row) && b.Matches(row);

    private static bool Matches(string name, IReadOnlyList<string> words, CheckRow row) => name switch
    {
        Step => words.Any(word => IsStep(word, row.Network) || IsStep(word, row.Attack)),
        _ => row.Words.TryGetValue(name, out string? text) && words.Contains(text),
    };

    private static bool IsStep(string word, string? path) =>
        path is not null && (path == word || (path.StartsWith(word, StringComparison.Ordinal) && path[word.Length] == '/'));
}
