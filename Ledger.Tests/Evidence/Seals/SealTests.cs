using System.Text;
using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Seals;

public sealed class SealTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Generate("ledger.example/lab"), _witness = SigningKey.Generate("witness.example/w1");

    private readonly TreeHead _head = new("ledger.example/lab", 20852163, MerkleHash.Leaf("root"u8));

    public void Dispose()
    {
        _key.Dispose();
        _witness.Dispose();
    }

    [Fact]
    public void The_example_of_the_specification_is_read()
    {
        var seal = Seal.Parse(PublishedNotes.Checkpoint);
        (seal.Head.Origin, seal.Head.Size, seal.Head.Extensions.Count).ShouldBe(("example.com/behind-the-sofa", 20852163L, 0));
        Convert.ToBase64String(seal.Head.Root.ToBytes()).ShouldBe("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
        (seal.Signatures.Single().Name, seal.Signatures[0].KeyId).ShouldBe(("example.com/behind-the-sofa", "033de0ae"));
        seal.Text.ShouldBe(PublishedNotes.Checkpoint);
    }

    [Fact]
    public void A_head_that_another_log_signed_verifies()
    {
        var key = VerifierKey.Parse(PublishedNotes.SumDbKey);
        var seal = Seal.Parse(PublishedNotes.SumDbSeal);
        seal.Fault(key).ShouldBeNull();
        seal.SignedBy([_key.Verifier, key]).ShouldBe(key);
        Seal.Parse(PublishedNotes.SumDbSeal.Replace("20852163", "20852164", StringComparison.Ordinal)).Fault(key).ShouldNotBeNull();
    }

    [Fact]
    public void A_seal_is_its_head_and_signatures_and_comes_back_from_its_text()
    {
        var seal = Seal.Sign(_head, _key, _witness);
        seal.Text.ShouldStartWith(_head.Body + "\n— ledger.example/lab ");
        var read = Seal.Parse(seal.Text);
        read.Head.ShouldBe(_head);
        read.Text.ShouldBe(seal.Text);
        read.Signatures.Select(s => (s.Name, s.KeyId)).ShouldBe([(_key.Verifier.Name, _key.Verifier.Id), (_witness.Verifier.Name, _witness.Verifier.Id)]);
        read.Fault(_key.Verifier).ShouldBeNull();
        read.Fault(_witness.Verifier).ShouldBeNull();
        Seal.Sign(_head, _key, _witness).Text.ShouldBe(seal.Text);
    }

    [Fact]
    public void Extensions_are_signed_with_the_rest()
    {
        var head = new TreeHead(_head.Origin, _head.Size, _head.Root, "valid until noon");
        var seal = Seal.Parse(Seal.Sign(head, _key).Text);
        seal.Head.Extensions.ShouldBe(["valid until noon"]);
        seal.Fault(_key.Verifier).ShouldBeNull();
        Seal.Parse(seal.Text.Replace("noon", "nine", StringComparison.Ordinal)).Fault(_key.Verifier).ShouldNotBeNull();
    }

    [Fact]
    public void A_seal_is_signed_by_the_first_known_key_and_by_none_if_one_is_forged()
    {
        using var stranger = SigningKey.Generate("ledger.example/lab");
        var seal = Seal.Sign(_head, _key, _witness);
        seal.SignedBy([stranger.Verifier, _witness.Verifier, _key.Verifier]).ShouldBe(_witness.Verifier);
        seal.SignedBy([stranger.Verifier]).ShouldBeNull();
        seal.SignedBy([]).ShouldBeNull();
        seal.Fault(stranger.Verifier).ShouldBe(
            $"there is no signature by ledger.example/lab+{stranger.Verifier.Id}, but by ledger.example/lab+{_key.Verifier.Id}, witness.example/w1+{_witness.Verifier.Id}");

        var other = Seal.Sign(new TreeHead(_head.Origin, 5, _head.Root), _key);
        var forged = Seal.Parse(Seal.Sign(_head, _witness).Text + other.Signatures[0] + "\n");
        forged.Fault(_key.Verifier).ShouldBe($"the signature by ledger.example/lab+{_key.Verifier.Id} is not one of this text");
        forged.SignedBy([_witness.Verifier]).ShouldBe(_witness.Verifier);
        forged.SignedBy([_witness.Verifier, _key.Verifier]).ShouldBeNull();
    }

    [Fact]
    public void A_seal_needs_a_signature_and_must_be_small_enough_to_be_read()
    {
        Should.Throw<ArgumentException>(() => Seal.Sign(_head));
        Should.Throw<BadInput>(() => Seal.Sign(new TreeHead(new string('o', 70_000), 1, _head.Root), _key)).Message.ShouldContain("more than 65536 bytes");
    }

    [Fact]
    public void A_note_that_is_no_tree_head_is_no_seal() =>
        Should.Throw<BadInput>(() => Seal.Parse(SignedNote.Sign("o\n07\nroot\n", [_key]).Text)).Message.ShouldContain("line 2: found '07'");

    [Fact]
    public void Every_truncation_of_a_seal_is_refused()
    {
        string text = Seal.Sign(_head, _key).Text;
        for (int length = 0; length < text.Length; length++)
            Believed(text[..length]).ShouldBeFalse($"the first {length} characters");
        for (int from = 1; from < text.Length; from++)
            Believed(text[from..]).ShouldBeFalse($"without the first {from} characters");
        Believed(text).ShouldBeTrue();
    }

    [Fact]
    public void Every_changed_bit_of_a_seal_is_refused()
    {
        string text = Seal.Sign(new TreeHead("ledger.example/études🙂", _head.Size, _head.Root), _key).Text;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Believed(Encoding.UTF8.GetString(bytes)).ShouldBeFalse($"bit {bit} of the file");
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
        for (int bit = 0; bit < text.Length * 16; bit++)
            Believed(new StringBuilder(text) { [bit / 16] = (char)(text[bit / 16] ^ (1 << bit % 16)) }.ToString()).ShouldBeFalse($"bit {bit} of the text");
    }

    [Fact]
    public void Junk_is_refused_or_is_what_it_says()
    {
        string[] pieces = ["\n", "\n\n", "— ", "—", " ", "a", "ledger.example/lab", "7", "07", "\ud83d", "\r\n", "=", .. Seal.Sign(_head, _key).Text.Split('\n')];
        Gen<string> built = Gen.Int[0, pieces.Length - 1].Array[0, 40].Select(chosen => string.Concat(chosen.Select(i => pieces[i])));
        Gen<string> decoded = Gen.Byte.Array[0, 300].Select(Encoding.UTF8.GetString);
        Gen.OneOf(Gen.String, built, decoded).Sample(text =>
            Seal.TryParse(text, out Seal? seal, out Problem? problem)
                ? seal.Text == text && problem is null
                : seal is null && problem is not null);
        Seal.TryParse(new string('\n', 5_000_000), out _, out _).ShouldBeFalse();
        Seal.TryParse(string.Concat(Enumerable.Repeat("— ", 32_000)), out _, out _).ShouldBeFalse();
    }

    private bool Believed(string text) => Seal.TryParse(text, out Seal? seal, out _) && seal.Fault(_key.Verifier) is null;
}
