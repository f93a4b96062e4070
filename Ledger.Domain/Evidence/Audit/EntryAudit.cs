using System.Numerics;
using System.Text.Json;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Domain.Evidence.Audit;

/// <summary>
/// What one event says of itself, held against what follows from its own content: its kind, its times, and the figures in it that are derived
/// from others. Needs nothing but the event, so that events can be looked at in any order and side by side.
/// </summary>
public static class EntryAudit
{
    /// <summary>A clock may be ahead of the server's by so much before it is remarked upon.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    /// <summary>An event may have waited for its position so long, where the program was stopped between the two.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromDays(1);

    private static readonly Dictionary<string, Type> Types = EventNames.All.ToDictionary(name => name.Value, name => name.Key, StringComparer.Ordinal);

    private static readonly HashSet<Type> Derived =
        [typeof(Registered), typeof(Amended), typeof(StepStarted), typeof(StepReused), typeof(Completed), typeof(Failed), typeof(AttackCompleted)];

    /// <returns>Empty, for nearly every event of a sound ledger.</returns>
    public static IReadOnlyList<Finding> Of(long position, Entry entry)
    {
        List<Finding>? findings = null;
        if (Tombstones.Is(entry))
            return [];
        if (entry.EventId.Version != 5)
            Add(Severity.Broken, "event-id", "a UUID of version 5", $"{entry.EventId}");
        if (!EventNames.AreOfOneKind(entry.Type, entry.Stream))
            Add(Severity.Broken, "wrong-stream", $"a stream of kind {EventNames.KindOf(entry.Type)}", entry.Stream);
        if (entry.ClaimedAt - entry.RecordedAt > ClockSkew)
            Add(Severity.Doubt, "claimed-after-recorded", $"a time before it was recorded, {entry.RecordedAt:u}", $"{entry.ClaimedAt:u}");
        if (entry.RecordedAt - entry.ClaimedAt > Wait)
            Add(Severity.Doubt, "recorded-late", $"recorded within a day of the time it claims, {entry.ClaimedAt:u}", $"{entry.RecordedAt:u}");
        if (!Types.TryGetValue(entry.Type, out var type))
            Add(Severity.Doubt, "unknown-kind", "a kind of event this tool knows", $"{entry.Type}: written by a newer one?");
        else if (Derived.Contains(type))
        {
            foreach (var (code, expected, found) in Payload(entry, type))
                Add(Severity.Broken, code, expected, found);
        }

        return findings ?? (IReadOnlyList<Finding>)[];

        void Add(Severity severity, string code, string expected, string found) =>
            (findings ??= []).Add(new Finding(severity, code, $"{entry.Stream} version {entry.Version}, {entry.Type}", expected, found, position, entry.EventId));
    }

    private static IEnumerable<(string Code, string Expected, string Found)> Payload(Entry entry, Type type)
    {
        object data;
        try
        {
            data = JsonSerializer.Deserialize(entry.Data.Span, type, LedgerJson.Strict)!;
        }
        catch (JsonException unreadable)
        {
            return [("unreadable-payload", $"the payload of {entry.Type}", unreadable.Message)];
        }

        return Of(entry.Version, data);
    }

    /// <summary>Figures of a payload that follow from others.</summary>
    internal static IEnumerable<(string Code, string Expected, string Found)> Of(long version, object data) => data switch
    {
        StepStarted step => Key(step.Key, step.Fields),
        StepReused step => Key(step.Key, step.Fields),
        Completed completed => Same("event-count", version, completed.Events),
        Failed failed => Same("event-count", version, failed.Events),
        Registered registered => Same("spec-digest", CanonicalSpec.Digest(registered.Spec), registered.SpecDigest),
        Amended amended => Same("spec-digest", CanonicalSpec.Digest(amended.Spec), amended.SpecDigest),
        AttackCompleted attack => Attack(attack),
        _ => [],
    };

    private static IEnumerable<(string Code, string Expected, string Found)> Key(string key, StepKeyFields fields) => Same("step-key", $"{StepKey.Of(fields)}", key);

    private static IEnumerable<(string Code, string Expected, string Found)> Attack(AttackCompleted attack)
    {
        if (attack is not { Broken: >= 0 } || attack.Broken > attack.Correct || attack.Correct > attack.Examples)
            yield return ("attack-counts", "0 ≤ broken ≤ correct ≤ examples", $"{attack.Broken}, {attack.Correct}, {attack.Examples}");
        if (attack.Parts?.Sum(part => part.Broken) is { } sum && sum != attack.Broken)
            yield return ("attack-counts", $"{sum} broken, the sum over its parts", $"{attack.Broken}");
        if (attack.Standing is { } standing && Bits(standing) is var bits && bits != attack.Correct - attack.Broken)
            yield return ("standing-examples", $"{attack.Correct - attack.Broken} bits, the examples left standing", $"{bits}");
    }

    private static int Bits(string base64)
    {
        Span<byte> bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) ? bytes[..length].ToArray().Sum(b => BitOperations.PopCount(b)) : -1;
    }

    private static IEnumerable<(string Code, string Expected, string Found)> Same<T>(string code, T expected, T found) =>
        EqualityComparer<T>.Default.Equals(expected, found) ? [] : [(code, $"{expected}", $"{found}")];
}
