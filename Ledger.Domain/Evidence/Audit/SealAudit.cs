using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;

namespace Ledger.Domain.Evidence.Audit;

/// <summary>A seal that somebody holds: the database, a file, a witness.</summary>
/// <param name="Place">Where it is kept, for people.</param>
/// <param name="Text">The signed note.</param>
/// <param name="IsStored">In the database: whoever owns that can make it anew, so that it says nothing of where other seals part from the events.</param>
public sealed record HeldSeal(string Place, string Text, bool IsStored);

/// <summary>A key and the position at which the ledger introduced it.</summary>
public sealed record PositionedKey(IntroducedKey Introduced, long Position)
{
    public VerifierKey Key => Introduced.Key;
}

/// <summary>Holds seals against the tree as it was computed from the events, and against the keys the ledger introduced.</summary>
/// <param name="origin">ULID of the ledger.</param>
/// <param name="keys">In the order of their introduction.</param>
/// <param name="roots">Root at each size of a seal, as far as the events go.</param>
/// <param name="head">Events there are.</param>
public sealed class SealAudit(string origin, IReadOnlyList<PositionedKey> keys, IReadOnlyDictionary<long, ContentHash> roots, long head)
{
    /// <summary>Findings, by the seals' sizes: where seals do not match, the change lies after the last that does.</summary>
    public IReadOnlyList<Finding> Of(IEnumerable<HeldSeal> held)
    {
        var findings = new List<Finding>();
        var sound = new List<(Seal Seal, HeldSeal Held)>();
        foreach (var one in held)
        {
            if (Seal.TryParse(one.Text, out var seal, out var problem))
                sound.Add((seal, one));
            else
                findings.Add(Finding.Broken("malformed-seal", one.Place, problem.Expected, problem.Found));
        }

        foreach (var alike in sound.GroupBy(pair => pair.Held.IsStored))
            findings.AddRange(Faults(alike.OrderBy(pair => pair.Seal.Head.Size)));

        findings.AddRange(keys.Skip(1).SelectMany(key => Unvouched(key, [.. sound.Select(pair => pair.Seal)])));
        return findings;
    }

    private IEnumerable<Finding> Faults(IEnumerable<(Seal Seal, HeldSeal Held)> bySize)
    {
        long good = 0;
        foreach (var (seal, held) in bySize)
        {
            var faults = Faults(seal, held, good).ToList();
            if (faults.Count == 0)
                good = seal.Head.Size;
            foreach (var fault in faults)
                yield return fault;
        }
    }

    private IEnumerable<Finding> Faults(Seal seal, HeldSeal held, long good)
    {
        var sealedHead = seal.Head;
        if (sealedHead.Origin != $"ledger/{origin}")
        {
            yield return Finding.Broken("other-origin", held.Place, $"a seal of ledger/{origin}", $"one of {sealedHead.Origin}");
            yield break;
        }

        if (Signature(seal) is { } fault)
            yield return Finding.Broken("signature", $"{held.Place}, size {sealedHead.Size}", fault.Expected, fault.Found, sealedHead.Size);
        if (sealedHead.Size > head)
            yield return Finding.Broken("shorter-than-sealed", held.Place, $"at least {sealedHead.Size} events, which were sealed", $"{head}", head + 1);
        else if (roots.TryGetValue(sealedHead.Size, out var root) && root != sealedHead.Root)
        {
            yield return Finding.Broken(
                "root", $"{held.Place}, size {sealedHead.Size}; the events differ somewhere in positions {good + 1} to {sealedHead.Size}",
                $"root {sealedHead.Root}", $"{root}", good + 1);
        }
    }

    /// <summary>Null when a key that was in use then signed it.</summary>
    private (string Expected, string Found)? Signature(Seal seal)
    {
        long size = seal.Head.Size;
        var signers = keys.Where(key => seal.Signatures.Any(signature => signature.KeyId == key.Key.Id)).ToList();
        if (signers.Count == 0)
            return ("a signature by a key the ledger introduced", $"one by {string.Join(", ", seal.Signatures.Select(signature => signature.KeyId))}");
        if (signers.Select(key => seal.Fault(key.Key)).FirstOrDefault(text => text is not null) is { } forged)
            return ("signatures that verify", forged);
        if (signers.All(key => key.Position > size))
            return ($"a key introduced by position {size}", $"{signers[0].Key.Id}, introduced at {signers[0].Position}");
        return signers.All(key => ReplacedAt(key) <= size)
            ? ($"a key in use at size {size}", $"{signers[0].Key.Id}, replaced at position {ReplacedAt(signers[0])}")
            : null;
    }

    private long ReplacedAt(PositionedKey key) =>
        keys.FirstOrDefault(other => other.Introduced.Replaces == key.Key.Id)?.Position ?? long.MaxValue;

    /// <summary>Whoever can write to the database can introduce a key; a seal by an older one over that shows that its holder let it.</summary>
    private IEnumerable<Finding> Unvouched(PositionedKey key, IReadOnlyList<Seal> seals)
    {
        bool Vouches(PositionedKey other) => other.Position < key.Position && (key.Introduced.Replaces is not { } replaced || other.Key.Id == replaced);
        if (seals.Any(seal => seal.Head.Size >= key.Position && keys.Where(Vouches).Any(other => seal.Fault(other.Key) is null)))
            yield break;
        yield return new Finding(
            key.Introduced.Replaces is null ? Severity.Doubt : Severity.Broken, "key-not-vouched-for", $"key {key.Key.Id}",
            key.Introduced.Replaces is { } old ? $"a seal by key {old}, which it replaces, over its introduction" : "a seal by an older key over its introduction",
            "none", key.Position);
    }
}
