using Ledger.Domain.Evidence.Seals;

namespace Ledger.Domain.Origin;

/// <summary>A key that a ledger's own stream introduced to sign its seals.</summary>
/// <param name="Version">Place of the introduction in the stream.</param>
/// <param name="Replaces">Id of the key it came in the place of; null: beside the others.</param>
/// <param name="IsReplaced">Whether a later key took its place; what it signed until then stays good.</param>
public sealed record IntroducedKey(VerifierKey Key, long Version, string? Replaces, bool IsReplaced);

/// <summary>The keys of a ledger as its own stream tells them, and what may be said about them next.</summary>
public static class SealKeys
{
    /// <summary>In the order of their introduction.</summary>
    /// <param name="origin">ULID of the ledger.</param>
    /// <param name="events">Of its own stream, with their versions.</param>
    public static IReadOnlyList<IntroducedKey> Of(string origin, IEnumerable<(long Version, KeyIntroduced Event)> events)
    {
        var introduced = events.ToList();
        var replaced = introduced.Select(one => one.Event.Replaces).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return [.. introduced.Select(one => new IntroducedKey(Key(origin, one.Event), one.Version, one.Event.Replaces, replaced.Contains(one.Event.KeyId)))];
    }

    /// <summary>Nothing when the key stands there already.</summary>
    /// <param name="replaces">Id of a key of the ledger that is to sign no more; null: none.</param>
    /// <exception cref="Refused"><c>unknown-key</c>, <c>replaced-key</c>.</exception>
    public static IReadOnlyList<OriginEvent> Introduce(IReadOnlyList<IntroducedKey> keys, VerifierKey key, string? replaces)
    {
        if (keys.Any(known => known.Key.Equals(key)))
            return [];
        if (replaces is not null && keys.FirstOrDefault(known => known.Key.Id == replaces) is not { IsReplaced: false })
            throw new Refused(
                keys.Any(known => known.Key.Id == replaces) ? "replaced-key" : "unknown-key",
                $"key {replaces} cannot be replaced: the ledger's keys in use are {string.Join(", ", keys.Where(known => !known.IsReplaced).Select(known => known.Key.Id))}",
                ("key", replaces));
        return [new KeyIntroduced(key.Id, Convert.ToBase64String(key.PublicKey.Span), replaces)];
    }

    private static VerifierKey Key(string origin, KeyIntroduced introduced) => VerifierKey.Ed25519($"ledger/{origin}", Convert.FromBase64String(introduced.PublicKey));
}
