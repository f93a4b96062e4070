namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// One signature of a note, a line <c>— name base64(key id ‖ signature)</c>. The bytes are what was found: only a key can
/// tell whether they are a signature.
/// </summary>
public sealed class NoteSignature
{
    internal const string Form = $"{Dash}name base64(key id ‖ signature)";

    private const string Dash = "— ";

    private const int IdBytes = 4;

    internal NoteSignature(string name, string keyId, ReadOnlyMemory<byte> bytes) => (Name, KeyId, Bytes) = (name, keyId, bytes);

    /// <summary>Whose signature it is meant to be.</summary>
    public string Name { get; }

    /// <summary>8 lowercase hexadecimal digits, as <see cref="VerifierKey.Id"/>.</summary>
    public string KeyId { get; }

    /// <summary>The signature, without the key id; 64 bytes where it is Ed25519.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Null where the line is not written exactly as <see cref="ToString"/> writes it.</summary>
    internal static NoteSignature? Read(string line) =>
        line.StartsWith(Dash, StringComparison.Ordinal)
        && line[Dash.Length..].Split(' ', 2) is [var name, var base64]
        && NoteGrammar.IsName(name)
        && NoteGrammar.TryBase64(base64, out byte[]? bytes)
        && bytes.Length > IdBytes
            ? new NoteSignature(name, Convert.ToHexStringLower(bytes.AsSpan(0, IdBytes)), bytes.AsMemory(IdBytes))
            : null;

    /// <summary>Whether it names this key; not whether it is this key's.</summary>
    internal bool Names(VerifierKey key) => Name == key.Name && KeyId == key.Id;

    /// <summary>The line, without its newline.</summary>
    public override string ToString() => $"{Dash}{Name} {Convert.ToBase64String([.. Convert.FromHexString(KeyId), .. Bytes.Span])}";
}
