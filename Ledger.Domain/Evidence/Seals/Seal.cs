using System.Diagnostics.CodeAnalysis;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// A signed tree head: a checkpoint (c2sp.org/tlog-checkpoint) in a signed note (c2sp.org/signed-note). Reading one says
/// nothing of who signed it: believe it only after <see cref="Fault"/> or <see cref="SignedBy"/> with a key from elsewhere.
/// </summary>
public sealed class Seal
{
    private readonly SignedNote _note;

    private Seal(SignedNote note, TreeHead head) => (_note, Head) = (note, head);

    /// <summary>What is sealed.</summary>
    public TreeHead Head { get; }

    /// <summary>The whole note, to be stored in UTF-8 without byte order mark.</summary>
    public string Text => _note.Text;

    /// <summary>At least one, in the order of the note; keys nobody here knows among them.</summary>
    public IReadOnlyList<NoteSignature> Signatures => _note.Signatures;

    /// <summary>Seals a tree head. The same head and keys give the same text.</summary>
    /// <param name="head">It must be consistent with every head that was sealed for its origin before.</param>
    /// <param name="keys">At least one; by convention the log's own is named like the origin.</param>
    /// <exception cref="BadInput">The note would be too large to be read again.</exception>
    public static Seal Sign(TreeHead head, params IReadOnlyList<SigningKey> keys)
    {
        if (keys.Count == 0)
            throw new ArgumentException("A seal needs a signature.", nameof(keys));
        return Parse(SignedNote.Sign(head.Body, keys).Text);
    }

    /// <summary>
    /// Reads a note strictly, so that no other text is the same seal: at most 64 KiB and 100 signatures, base64 in canonical
    /// form, no control characters but newlines.
    /// </summary>
    /// <exception cref="BadInput">The text is no signed tree head.</exception>
    public static Seal Parse(string text) =>
        TryParse(text, out Seal? seal, out Problem? problem) ? seal : throw new BadInput(problem);

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(string text, [NotNullWhen(true)] out Seal? seal, [NotNullWhen(false)] out Problem? problem)
    {
        seal = SignedNote.TryParse(text, out SignedNote? note, out problem) && TreeHead.TryParse(note.Body, out TreeHead? head, out problem)
            ? new Seal(note, head)
            : null;
        return seal is not null;
    }

    /// <summary>
    /// Why the seal is not this key's, in a sentence; null where it is. A second signature by the same key that does not
    /// verify is a fault too.
    /// </summary>
    public string? Fault(VerifierKey key) => _note.Fault(key);

    /// <summary>
    /// The first of the keys that signed; null where none did, or where the note has a signature in the name of any of them
    /// that does not verify.
    /// </summary>
    public VerifierKey? SignedBy(IEnumerable<VerifierKey> keys)
    {
        var known = keys.ToList();
        return known.Exists(_note.IsSpoiledBy) ? null : known.Find(key => Fault(key) is null);
    }
}
