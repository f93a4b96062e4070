using System.Text.Json;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>Holds a proof against keys that the reader trusts. A pure function: no database, no clock, no file.</summary>
public static class ProofCheck
{
    /// <param name="trusted">Keys from elsewhere than the proof; at least one must have signed.</param>
    public static ProofReport Of(Proof proof, IReadOnlyList<VerifierKey> trusted)
    {
        var faults = new List<Problem>();
        var remarks = new List<string>();
        if (!Seal.TryParse(proof.Seal, out Seal? seal, out Problem? problem))
            return new ProofReport(null, null, [At("seal", problem)], []);
        VerifierKey? signer = Signer(proof, seal, trusted, faults);
        var entries = Entries(proof.Entries, seal.Head, faults);
        if (entries.Count == proof.Entries.Count)
            ClaimCheck.Of(proof.Claim, entries, faults, remarks);
        return new ProofReport(signer, seal.Head, faults, remarks);
    }

    private static VerifierKey? Signer(Proof proof, Seal seal, IReadOnlyList<VerifierKey> trusted, List<Problem> faults)
    {
        if (seal.Head.Origin != proof.Origin)
            faults.Add(new Problem(proof.Origin, $"{seal.Head.Origin}, as the seal says", "origin"));
        if (seal.Signatures.Count != proof.Keys.Count)
            faults.Add(new Problem($"{proof.Keys.Count} keys", $"one for each of the seal's {seal.Signatures.Count} signatures", "keys"));
        foreach (var ((text, signature), i) in proof.Keys.Zip(seal.Signatures).Select((pair, i) => (pair, i)))
        {
            if (!VerifierKey.TryParse(text, out var key, out var problem))
                faults.Add(At($"keys[{i}]", problem));
            else if ((key.Name, key.Id) != (signature.Name, signature.KeyId) || seal.Fault(key) is not null)
                faults.Add(new Problem($"{key.Name}+{key.Id}", $"the key of the seal's signature by {signature.Name}+{signature.KeyId}", $"keys[{i}]"));
        }

        var signer = seal.SignedBy(trusted);
        if (signer is null)
            faults.Add(new Problem(
                trusted.Count == 0 ? "no key to trust" : string.Join("; ", trusted.Select(key => seal.Fault(key)).OfType<string>().Distinct(StringComparer.Ordinal)),
                "a seal signed by a key that is trusted", "seal"));
        return signer;
    }

    private static List<ToldEvent> Entries(IReadOnlyList<ProvenEntry> entries, TreeHead head, List<Problem> faults)
    {
        var told = new List<ToldEvent>();
        foreach (var (i, proven) in entries.Index())
        {
            if (i > 0 && proven.Position <= entries[i - 1].Position)
                faults.Add(new Problem($"position {proven.Position}", $"one above {entries[i - 1].Position}", $"entries[{i}].position"));
            if (Canonical(proven.Envelope, out byte[] envelope, out Entry? entry) is { } problem)
                faults.Add(At($"entries[{i}].envelope", problem));
            else
                told.Add(new ToldEvent(proven.Position, entry!, JsonElement.Parse(entry!.Data.Span)));
            if (InclusionProof.Fault(MerkleHash.Leaf(envelope), proven.Position - 1, head.Size, proven.Path, head.Root) is { } fault)
                faults.Add(new Problem(fault, "the way from the entry to the sealed root", $"entries[{i}]"));
        }

        return told;
    }

    private static Problem? Canonical(JsonElement value, out byte[] envelope, out Entry? entry)
    {
        entry = null;
        envelope = [];
        try
        {
            envelope = CanonicalJson.Bytes(value);
            return Entry.TryFromEnvelope(envelope, out entry, out Problem? problem) ? null : problem;
        }
        catch (NotCanonical refused)
        {
            return new Problem(refused.Found, refused.Expected, refused.Path);
        }
    }

    private static Problem At(string place, Problem problem) => problem with { Path = problem.Path is null or "$" ? place : $"{place}: {problem.Path}" };
}

/// <summary>What became of a check.</summary>
/// <param name="SignedBy">The trusted key that signed the seal; null when none did.</param>
/// <param name="Head">What was sealed; null when the seal could not be read.</param>
/// <param name="Faults">Everything that does not hold, with its place in the file. None: the claim holds, if the key is to be trusted.</param>
/// <param name="Remarks">How far the proof goes, for people.</param>
public sealed record ProofReport(VerifierKey? SignedBy, TreeHead? Head, IReadOnlyList<Problem> Faults, IReadOnlyList<string> Remarks)
{
    public bool Holds => Faults.Count == 0;
}
