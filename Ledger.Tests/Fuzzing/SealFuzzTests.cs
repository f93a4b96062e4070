using System.Text;
using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using Ledger.Tests.Evidence.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class SealFuzzTests
{
    private static readonly string[] Tokens = ["\n", "\n\n", "— ", "+", " ", "=", "==", "A", "\0", "\t", "\u2028", "PRIVATE+KEY+", "-1", "00", "9223372036854775807", "18446744073709551616", "AQ=="];

    private static readonly VerifierKey Peter = VerifierKey.Parse(PublishedNotes.PeterKey);

    private static readonly byte[][] Notes =
        [.. new[] { PublishedNotes.Checkpoint, PublishedNotes.SumDbSeal, $"{PublishedNotes.Text}\n{PublishedNotes.PeterLine}{PublishedNotes.EnochLine}" }.Select(Encoding.UTF8.GetBytes)];

    private static readonly byte[][] Keys =
        [.. new[] { PublishedNotes.PeterSecret, PublishedNotes.PeterKey, PublishedNotes.EnochKey, PublishedNotes.SumDbKey }.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public async Task A_seal_is_read_or_refused() => await Fuzz.Reader(
        Mutations.Of(Notes, Tokens), few: 8000,
        bytes =>
        {
            if (Seal.TryParse(Text(bytes), out var seal, out _))
                _ = (seal.Fault(Peter), seal.SignedBy([Peter, VerifierKey.Parse(PublishedNotes.SumDbKey)]), Seal.Parse(seal.Text));
        },
        _ => false);

    [Fact]
    public async Task A_tree_head_is_read_or_refused() => await Fuzz.Reader(
        Mutations.Of(Notes, Tokens), few: 8000, bytes => _ = TreeHead.TryParse(Text(bytes), out var head, out _) && head == TreeHead.Parse(head.Body), _ => false);

    [Fact]
    public async Task A_verifier_key_is_read_or_refused() => await Fuzz.Reader(
        Mutations.Of(Keys, Tokens), few: 4000, bytes => _ = VerifierKey.TryParse(Text(bytes), out var key, out _) && $"{key}" == Text(bytes), _ => false);

    [Fact]
    public async Task A_signing_key_is_read_or_refused() => await Fuzz.Reader(
        Mutations.Of(Keys, Tokens), few: 4000, bytes => SigningKey.Parse(Text(bytes)).Dispose(), refusal => refusal is BadInput);

    [Fact]
    public async Task A_signed_envelope_is_read_or_refused()
    {
        using var key = SigningKey.Parse(PublishedNotes.PeterSecret);
        byte[][] samples = [Encoding.UTF8.GetBytes(DsseEnvelope.Sign(DsseEnvelope.InToto, "{}"u8, key).ToJson()), """{"payload":"e30_","payloadType":"x","signatures":[{"sig":"AQ=="}]}"""u8.ToArray()];
        await Fuzz.Reader(
            Mutations.Json(samples), few: 4000,
            bytes =>
            {
                var envelope = DsseEnvelope.Parse(Text(bytes));
                _ = (envelope.Fault(key.Verifier), envelope.Body());
            },
            refusal => refusal is BadInput);
    }

    [Theory]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("[{\"sig\":null}]")]
    [InlineData("[]")]
    [InlineData("[{\"sig\":\"<half>\"}]")]
    public void An_envelope_without_a_signature_in_its_list_is_refused(string signatures) =>
        Should.Throw<BadInput>(() => DsseEnvelope.Parse($$"""{"payload":"e30=","payloadType":"x","signatures":{{signatures}}}""".Replace("<half>", "\ud800", StringComparison.Ordinal)));

    // Half a character as well, which text from elsewhere than a file may have.
    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes).Replace('\ufffd', '\ud800');
}
