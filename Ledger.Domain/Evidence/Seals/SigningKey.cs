using NSec.Cryptography;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// A named Ed25519 private key, written as Go's <c>golang.org/x/mod/sumdb/note</c> writes it:
/// <c>PRIVATE+KEY+name+hash+base64(0x01 ‖ seed)</c>. Neither <see cref="ToString"/> nor any error shows
/// the seed. Disposing wipes the key, not the text it was read from.
/// </summary>
public sealed class SigningKey : IDisposable
{
    internal const string Prefix = "PRIVATE+KEY+";

    private static KeyCreationParameters Exportable => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    private readonly Key _key;

    private SigningKey(string name, Key key)
    {
        _key = key;
        Verifier = new VerifierKey(name, key.PublicKey);
    }

    /// <summary>The public half, for those who check.</summary>
    public VerifierKey Verifier { get; }

    /// <summary>A new key, drawn from the system's generator.</summary>
    /// <param name="name">Whose key it is, by convention a URL without scheme.</param>
    /// <exception cref="BadInput">The name is empty or has spaces, control characters or plus signs.</exception>
    public static SigningKey Generate(string name) =>
        NoteGrammar.IsName(name)
            ? new SigningKey(name, Key.Create(SignatureAlgorithm.Ed25519, Exportable))
            : throw new BadInput(BadName(NoteGrammar.Quote(name)));

    /// <summary>Reads exactly what <see cref="Secret"/> gives.</summary>
    /// <exception cref="BadInput">The text is no Ed25519 signing key, or its hash is not that of its name and key.</exception>
    public static SigningKey Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length..].Split('+', 3) is not [var name, var hash, var base64])
            throw new BadInput(new Problem("text without its parts", $"{Prefix}name+hash+base64", "signing key"));
        if (!NoteGrammar.IsName(name))
            throw new BadInput(BadName("other characters in the name"));
        if (!NoteGrammar.TryBase64(base64, out byte[]? bytes))
            throw new BadInput(new Problem("other characters", "base64 (RFC 4648 §4) after the hash", "signing key"));
        return Import(name, hash, bytes);
    }

    private static SigningKey Import(string name, string hash, ReadOnlySpan<byte> bytes)
    {
        if (bytes is not [VerifierKey.Ed25519Type, .. var seed]
            || !Key.TryImport(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey, out Key? imported, Exportable)
            || imported is null)
            throw new BadInput(new Problem($"{bytes.Length} bytes that are no Ed25519 key", "the byte 0x01 and a seed of 32 bytes", "signing key"));
        var key = new SigningKey(name, imported);
        if (key.Verifier.Id == hash)
            return key;
        key.Dispose();
        throw new BadInput(new Problem("another hash", $"{key.Verifier.Id}, that of this name and key", "signing key"));
    }

    private static Problem BadName(string found) =>
        new(found, "a name without spaces, control characters and plus signs", "signing key");

    /// <summary>The 64 bytes of the Ed25519 signature (RFC 8032): the same for the same bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes) => SignatureAlgorithm.Ed25519.Sign(_key, bytes);

    /// <summary>The text of the private key. Whoever has it can sign as <see cref="VerifierKey.Name"/>.</summary>
    public string Secret()
    {
        byte[] seed = _key.Export(KeyBlobFormat.RawPrivateKey);
        return $"{Prefix}{Verifier.Name}+{Verifier.Id}+{Convert.ToBase64String([VerifierKey.Ed25519Type, .. seed])}";
    }

    /// <summary>Names the key without the secret.</summary>
    public override string ToString() => $"signing key {Verifier.Name}+{Verifier.Id}";

    public void Dispose() => _key.Dispose();
}
