using Ledger.Domain.Evidence.Seals;

namespace Ledger.Domain.Evidence.Audit;

/// <summary>Whether those who hold a key of the ledger by another way than from it can rely on its seals.</summary>
public static class SealTrust
{
    /// <summary>Nothing when the latest seal is by a trusted key, or by one that a chain of seals over introductions leads to.</summary>
    /// <param name="trusted">None: the ledger's first key is taken on trust, and that is said.</param>
    public static IEnumerable<Finding> Of(IReadOnlyList<VerifierKey> trusted, IReadOnlyList<PositionedKey> keys, IReadOnlyList<Seal> seals)
    {
        if (seals.MaxBy(seal => seal.Head.Size) is not { } latest)
            yield break;
        if (trusted.Count == 0)
        {
            if (keys.Count > 0)
                yield return Finding.Note("key-on-trust", $"key {keys[0].Key.Id}", "a key got by another way (--key) or a seal kept earlier (--since)", "neither; the ledger's word for its own key");
            yield break;
        }

        foreach (var stranger in trusted.Where(key => keys.All(known => !known.Key.Equals(key))))
            yield return Finding.Broken("not-its-key", $"key {stranger.Id}", "a key that the ledger introduced", $"only {string.Join(", ", keys.Select(known => known.Key.Id))}");
        if (Reachable(trusted, keys, seals).All(key => latest.Fault(key) is not null))
            yield return Finding.Broken(
                "untrusted-seal", $"seal of size {latest.Head.Size}", "a signature by a trusted key, or by one that trusted keys lead to",
                string.Join(", ", latest.Signatures.Select(signature => signature.KeyId)), latest.Head.Size);
    }

    private static HashSet<VerifierKey> Reachable(IReadOnlyList<VerifierKey> trusted, IReadOnlyList<PositionedKey> keys, IReadOnlyList<Seal> seals)
    {
        var reached = trusted.ToHashSet();
        // In the order of introduction, so that a chain of rotations is followed in one pass.
        foreach (var key in keys.Where(key => !reached.Contains(key.Key)))
        {
            if (seals.Any(seal => seal.Head.Size >= key.Position && reached.Any(vouching => seal.Fault(vouching) is null)))
                reached.Add(key.Key);
        }

        return reached;
    }
}
