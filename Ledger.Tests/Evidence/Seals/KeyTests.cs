using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Seals;

public class KeyTests
{
    [Fact]
    public void A_published_key_is_read_and_written_the_same()
    {
        var key = VerifierKey.Parse(PublishedNotes.PeterKey);
        (key.Name, key.Id, key.PublicKey.Length, key.ToString()).ShouldBe(("PeterNeumann", "c74f20a3", 32, PublishedNotes.PeterKey));
        using var secret = SigningKey.Parse(PublishedNotes.PeterSecret);
        secret.Verifier.ShouldBe(key);
        secret.Verifier.GetHashCode().ShouldBe(key.GetHashCode());
        secret.Secret().ShouldBe(PublishedNotes.PeterSecret);
        VerifierKey.Parse(PublishedNotes.SumDbKey).Id.ShouldBe("033de0ae");
        VerifierKey.Parse(PublishedNotes.EnochKey).ShouldNotBe(key);
    }

    // RFC 8032 §7.1, tests 1 to 3.
    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Signatures_are_those_of_RFC_8032(string seed, string publicKey, string message, string signature)
    {
        byte[] id = SHA256.HashData([.. "rfc8032\n\u0001"u8, .. Convert.FromHexString(publicKey)])[..4];
        using var key = SigningKey.Parse(
            $"PRIVATE+KEY+rfc8032+{Convert.ToHexStringLower(id)}+{Convert.ToBase64String([1, .. Convert.FromHexString(seed)])}");
        byte[] bytes = Convert.FromHexString(message), signed = key.Sign(bytes);
        Convert.ToHexStringLower(key.Verifier.PublicKey.Span).ShouldBe(publicKey);
        Convert.ToHexStringLower(signed).ShouldBe(signature);
        key.Verifier.Verifies(bytes, signed).ShouldBeTrue();
        key.Verifier.Verifies([.. bytes, 0], signed).ShouldBeFalse();
        key.Verifier.Verifies(bytes, signed.AsSpan(1)).ShouldBeFalse();
        key.Verifier.Verifies(bytes, []).ShouldBeFalse();
    }

    // With the identity for a key, R = identity and S = 0 would verify under every message.
    [Fact]
    public void A_key_of_small_order_verifies_nothing()
    {
        byte[] identity = [1, .. new byte[31]];
        byte[] id = SHA256.HashData([.. "weak\n\u0001"u8, .. identity])[..4];
        string text = $"weak+{Convert.ToHexStringLower(id)}+{Convert.ToBase64String([1, .. identity])}";
        (VerifierKey.TryParse(text, out VerifierKey? key, out _) && key.Verifies("hi"u8, [.. identity, .. new byte[32]])).ShouldBeFalse();
    }

    [Fact]
    public void A_generated_key_signs_and_comes_back_from_its_text()
    {
        using var key = SigningKey.Generate("ledger.example/études");
        using var again = SigningKey.Parse(key.Secret());
        again.Verifier.ShouldBe(VerifierKey.Parse(key.Verifier.ToString()));
        again.Sign("hi"u8).ShouldBe(key.Sign("hi"u8));
        using var other = SigningKey.Generate("ledger.example/études");
        other.Verifier.ShouldNotBe(key.Verifier);
    }

    [Fact]
    public void Every_piece_of_a_key_and_every_changed_bit_is_refused() =>
        Manglings(PublishedNotes.PeterKey).ShouldAllBe(text => Refusal(() => VerifierKey.Parse(text)) != null);

    [Fact]
    public void So_it_is_of_a_signing_key_and_no_refusal_shows_the_secret()
    {
        string secret = PublishedNotes.PeterSecret.Split('+', 5)[4];
        string[] texts =
        [
            .. Manglings(PublishedNotes.PeterSecret),
            secret,
            PublishedNotes.PeterSecret + "\n",
            " " + PublishedNotes.PeterSecret,
            PublishedNotes.PeterSecret.ToLowerInvariant(),
            PublishedNotes.PeterSecret.Replace("PeterNeumann", "Peter Neumann", StringComparison.Ordinal),
            PublishedNotes.PeterSecret.Replace("PeterNeumann+", "", StringComparison.Ordinal),
            PublishedNotes.PeterSecret.Replace("c74f20a3+", "", StringComparison.Ordinal),
        ];
        foreach (string text in texts)
        {
            Shown(Refusal(() => SigningKey.Parse(text).Dispose()).ShouldNotBeNull(text)).ShouldBeFalse(text);
            Shown(Refusal(() => VerifierKey.Parse(text)).ShouldNotBeNull(text)).ShouldBeFalse(text);
        }
        using var key = SigningKey.Parse(PublishedNotes.PeterSecret);
        key.ToString().ShouldBe("signing key PeterNeumann+c74f20a3");
        Refusal(() => VerifierKey.Parse(PublishedNotes.PeterSecret)).ShouldNotBeNull().ShouldContain("found a private key, expected the verifier key");

        bool Shown(string message) => Enumerable.Range(0, secret.Length - 8).Any(i => message.Contains(secret[i..(i + 8)], StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "base64")]
    [InlineData("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a key of type 0x65, expected an Ed25519 key")]
    [InlineData("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "'c74f20a4' as hash, expected c74f20a3")]
    [InlineData("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "'C74F20A3' as hash, expected c74f20a3")]
    [InlineData("PeterNeumannn+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "'c74f20a3' as hash, expected ")]
    [InlineData("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=", "31 bytes that are no Ed25519 key, expected 32 bytes")]
    [InlineData("PeterNeumann+c74f20a3+", "base64")]
    [InlineData("PeterNeumann+c74f20a3", "name+hash+base64")]
    [InlineData("", "name+hash+base64")]
    [InlineData("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a name without spaces")]
    [InlineData("Peter\u00a0Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a name without spaces")]
    public void A_refusal_says_what_is_wrong_with_a_key(string text, string what) =>
        Refusal(() => VerifierKey.Parse(text)).ShouldNotBeNull().ShouldContain(what);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a+b")]
    [InlineData("a\nb")]
    [InlineData("a\u2003b")]
    [InlineData("a\u001bb")]
    public void No_key_is_made_for_a_name_no_note_can_hold(string name) =>
        Refusal(() => SigningKey.Generate(name).Dispose()).ShouldNotBeNull().ShouldContain("a name without spaces, control characters and plus signs");

    // Not in an attribute: the compiler would replace it there.
    [Fact]
    public void Half_a_surrogate_pair_is_no_name()
    {
        Refusal(() => SigningKey.Generate("a\udc00").Dispose()).ShouldNotBeNull().ShouldContain("found a control character or broken Unicode");
        Refusal(() => VerifierKey.Parse(PublishedNotes.PeterKey.Replace("Peter", "\ud800", StringComparison.Ordinal))).ShouldNotBeNull()
            .ShouldContain("found a control character or broken Unicode as name");
    }

    [Fact]
    public void Junk_is_refused_whatever_it_is() =>
        Gen.OneOf(Gen.String, Gen.Select(Gen.String, Gen.String, Gen.Byte.Array[30, 36], (a, b, key) => $"{a}+{b}+{Convert.ToBase64String(key)}"))
            .Sample(text => Refusal(() => VerifierKey.Parse(text)) is not null && Refusal(() => SigningKey.Parse("PRIVATE+KEY+" + text).Dispose()) is not null);

    private static IEnumerable<string> Manglings(string text)
    {
        for (int from = 0; from < text.Length; from++)
        {
            for (int to = from + 1; to <= text.Length; to++)
            {
                if (to - from < text.Length)
                    yield return text[from..to];
            }
        }
        for (int i = 0; i < text.Length * 16; i++)
            yield return new StringBuilder(text) { [i / 16] = (char)(text[i / 16] ^ (1 << i % 16)) }.ToString();
    }

    private static string? Refusal(Action parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (BadInput refusal)
        {
            return refusal.Message;
        }
    }
}
