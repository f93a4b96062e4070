using Ledger.Domain.Evidence.Merkle;

namespace Ledger.Domain.Evidence.Log;

/// <summary>Hashes entries one after the other without allocating for each. Not safe for several threads at once.</summary>
public sealed class LeafHasher
{
    private readonly CanonicalText _text = new();

    /// <summary>SHA-256(0x00 ‖ envelope), RFC 9162 section 2.1.1.</summary>
    /// <exception cref="NotCanonical">The entry holds what no ledger would have taken.</exception>
    public ContentHash Leaf(Entry entry)
    {
        _text.Clear();
        entry.Write(_text);
        return MerkleHash.Leaf(_text.Written);
    }

    /// <summary>The envelope of the entry hashed last; good until the next.</summary>
    public ReadOnlySpan<byte> Envelope => _text.Written;
}
