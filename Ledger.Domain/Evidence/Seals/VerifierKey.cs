using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using NSec.Cryptography;
using PublicKey = NSec.Cryptography.PublicKey;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// A named Ed25519 public key as the signed-note specification writes it (c2sp.org/signed-note):
/// <c>name+hash+base64(0x01 ‖ key)</c>. It may be shown to anyone; trusting it is the reader's decision.
/// </summary>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    internal const byte Ed25519Type = 1;

    private readonly PublicKey _key;

    internal VerifierKey(string name, PublicKey key)
    {
        _key = key;
        Name = name;
        PublicKey = key.Export(KeyBlobFormat.RawPublicKey);
        byte[] typed = [Ed25519Type, .. PublicKey.Span];
        Id = Convert.ToHexStringLower(SHA256.HashData([.. NoteGrammar.Utf8.GetBytes(name), (byte)'\n', .. typed]).AsSpan(0, 4));
        Text = $"{Name}+{Id}+{Convert.ToBase64String(typed)}";
    }

    /// <summary>Whose key it is, by convention a URL without scheme. Never empty, without spaces and plus signs.</summary>
    public string Name { get; }

    /// <summary>
    /// 8 lowercase hexadecimal digits: the first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key). It finds a key among others
    /// and proves nothing: other keys with the same digits are easily made.
    /// </summary>
    public string Id { get; }

    /// <summary>The key's 32 bytes (RFC 8032).</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    private string Text { get; }

    /// <summary>Reads exactly what <see cref="ToString"/> gives.</summary>
    /// <exception cref="BadInput">The text is no Ed25519 verifier key, or its hash is not that of its name and key.</exception>
    public static VerifierKey Parse(string text) =>
        TryParse(text, out VerifierKey? key, out Problem? problem) ? key : throw new BadInput(problem);

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(string text, [NotNullWhen(true)] out VerifierKey? key, [NotNullWhen(false)] out Problem? problem)
    {
        key = null;
        problem = null;
        if (text.StartsWith(SigningKey.Prefix, StringComparison.Ordinal))
            problem = new Problem("a private key", "the verifier key that belongs to it", "verifier key", Hint: "keep the private key to yourself");
        else if (text.Split('+', 3) is not [var name, var hash, var base64])
            problem = new Problem("text without its three parts", "name+hash+base64", "verifier key");
        else if (!NoteGrammar.IsName(name))
            problem = new Problem($"{NoteGrammar.Quote(name)} as name", "a name without spaces, control characters and plus signs", "verifier key");
        else if (!NoteGrammar.TryBase64(base64, out byte[]? bytes) || bytes.Length == 0)
            problem = new Problem("other characters", "base64 (RFC 4648 §4) after the second plus sign", "verifier key");
        else if (bytes[0] != Ed25519Type)
            problem = new Problem($"a key of type 0x{bytes[0]:x2}", "an Ed25519 key, type 0x01", "verifier key");
        else if (!NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, bytes.AsSpan(1), KeyBlobFormat.RawPublicKey, out PublicKey? imported)
            || imported is null)
            problem = new Problem($"{bytes.Length - 1} bytes that are no Ed25519 key", "32 bytes of an Ed25519 public key", "verifier key");
        else if (new VerifierKey(name, imported) is var read && read.Id != hash)
            problem = new Problem($"{NoteGrammar.Quote(hash)} as hash", $"{read.Id}, that of this name and key", "verifier key");
        else
            key = read;
        return key is not null;
    }

    /// <summary>The key with this name and these 32 bytes.</summary>
    /// <exception cref="BadInput">The name or the bytes are none of a key.</exception>
    public static VerifierKey Ed25519(string name, ReadOnlySpan<byte> publicKey) =>
        !NoteGrammar.IsName(name)
            ? throw new BadInput(new Problem($"the name {NoteGrammar.Quote(name)}", "a name without spaces, control characters and plus signs", "verifier key"))
            : NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out PublicKey? imported)
                ? new VerifierKey(name, imported!)
                : throw new BadInput(new Problem($"{publicKey.Length} bytes that are no Ed25519 key", "32 bytes of an Ed25519 public key", "verifier key"));

    internal bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        SignatureAlgorithm.Ed25519.Verify(_key, message, signature);

    public override string ToString() => Text;

    public bool Equals(VerifierKey? other) => Text == other?.Text;

    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
